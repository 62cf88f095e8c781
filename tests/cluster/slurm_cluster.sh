# A Slurm cluster of two nodes on one machine, to be sourced by tests. Each node is a network namespace with its own slurmd;
# control and both nodes hang on one bridge and share the file system.
#
# Run the sourcing script under
#   unshare --net --mount --pid --uts --fork --kill-child --mount-proc
# The namespaces are the cleaning up: with the script ends everything that it started, and no interface, mount or name is left.
# shellcheck shell=bash

# cluster_start FOLDER: starts munge, control and nodes; their state, logs and keys are below FOLDER. Sets SLURM_CONF.
cluster_start() {
  cluster_folder=$1
  mount --make-rprivate /
  # Names of network namespaces and of hosts, for this mount namespace alone.
  mkdir -p /run/netns "$cluster_folder"/{state,log}
  mount -t tmpfs none /run/netns
  printf '%s\n' "127.0.0.1 localhost" "10.78.0.1 control" "10.78.0.11 node1" "10.78.0.12 node2" >"$cluster_folder/hosts"
  mount --bind "$cluster_folder/hosts" /etc/hosts
  hostname control
  ip link set lo up
  ip link add name bridge0 type bridge
  ip addr add 10.78.0.1/24 dev bridge0
  ip link set bridge0 up
  for node in 1 2; do
    ip netns add "node$node"
    ip link add "port$node" type veth peer name eth0 netns "node$node"
    ip link set "port$node" master bridge0 up
    ip -n "node$node" addr add "10.78.0.1$node/24" dev eth0
    ip -n "node$node" link set eth0 up
    ip -n "node$node" link set lo up
  done
  cluster_configure
  dd if=/dev/urandom of="$cluster_folder/munge.key" bs=1 count=1024 status=none
  chmod 400 "$cluster_folder/munge.key"
  chmod 755 "$cluster_folder"  # slurmd and munged refuse folders that others may write
  munged --force --socket="$cluster_folder/munge.socket" --key-file="$cluster_folder/munge.key" \
    --pid-file="$cluster_folder/munged.pid" --log-file="$cluster_folder/log/munged" \
    --seed-file="$cluster_folder/munge.seed"
  slurmctld -c
  cluster_node_start 1
  cluster_node_start 2
  for _ in $(seq 60); do
    [ "$(sinfo -h -o '%n %t' 2>/dev/null | grep -c ' idle$')" = 2 ] && return
    sleep 1
  done
  echo "the cluster does not come up:" >&2
  sinfo -N -l >&2 || true
  tail -n 20 "$cluster_folder"/log/* >&2
  return 1
}

cluster_configure() {
  export SLURM_CONF=$cluster_folder/slurm.conf
  cat >"$SLURM_CONF" <<EOF
ClusterName=twinvoice
SlurmctldHost=control(10.78.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$cluster_folder/munge.socket
CredType=cred/munge
StateSaveLocation=$cluster_folder/state
SlurmdSpoolDir=$cluster_folder/spool.%n
SlurmctldPidFile=$cluster_folder/slurmctld.pid
SlurmdPidFile=$cluster_folder/slurmd.%n.pid
SlurmctldLogFile=$cluster_folder/log/slurmctld
SlurmdLogFile=$cluster_folder/log/slurmd.%n
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
SchedulerParameters=sched_interval=1,batch_sched_delay=1
# A node that is silent for so long is down, and its jobs go back into the queue.
SlurmdTimeout=5
ReturnToService=2
JobRequeue=1
KillWait=2
NodeName=node1 NodeAddr=10.78.0.11 CPUs=1 State=UNKNOWN
NodeName=node2 NodeAddr=10.78.0.12 CPUs=1 State=UNKNOWN
PartitionName=all Nodes=node1,node2 Default=YES MaxTime=INFINITE State=UP
EOF
  # Nothing here uses control groups, but slurmd wants to know which kind it would use.
  printf '%s\n' "CgroupPlugin=cgroup/v1" "CgroupAutomount=no" >"$cluster_folder/cgroup.conf"
}

# cluster_node_start N: slurmd of node N, with the name of the node as its host name.
cluster_node_start() {
  mkdir -p "$cluster_folder/spool.node$1"
  nsenter --net="/run/netns/node$1" unshare --uts bash -c "hostname node$1 && exec slurmd"
}

# cluster_node_kill N: the machine dies: its slurmd and every process of its jobs, at once.
cluster_node_kill() {
  local pids
  while pids=$(ip netns pids "node$1") && [ -n "$pids" ]; do
    # shellcheck disable=SC2086  # numbers; one that has just ended is no error
    kill -9 $pids 2>/dev/null || true
  done
}
