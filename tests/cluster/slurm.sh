#!/bin/bash
# A campaign on a Slurm cluster of two nodes survives the death of one of them: the job array that `twinvoice sweep emit slurm`
# writes runs a shard for each task, node 2 is killed in the middle of one, Slurm puts that task back into the queue, and the
# merged export equals that of a run on this machine alone, byte for byte.
#
# Needs root, network and process namespaces, and Debian's Slurm (the list `cluster` of packaging/dependencies.txt, installed when
# missing). Exit code 77 with the reason when that cannot be had. See slurm_cluster.sh for the cluster.
#   tests/cluster/slurm.sh PROGRAM
set -euo pipefail

sources=$(cd "$(dirname "$0")/../.." && pwd)

skip() {
  echo "skipped: $1"
  exit 77
}

fail() {
  echo "failed: $1" >&2
  exit 1
}

if [ "${1-}" != inside ]; then
  program=$(realpath "$1")
  [ "$(id -u)" = 0 ] || skip "only root may make network namespaces"
  unshare --net --mount --pid --uts --fork --mount-proc true 2>/dev/null || skip "this machine makes no namespaces"
  unshare --net ip link add name bridge0 type bridge 2>/dev/null || skip "this machine makes no network bridges (or has no ip)"
  "$sources/packaging/install-dependencies.sh" cluster || skip "Debian's Slurm cannot be installed"
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  unshare --net --mount --pid --uts --fork --kill-child --mount-proc "$0" inside "$program" "$folder"
  exit
fi

program=$2
folder=$3
# shellcheck source=tests/cluster/slurm_cluster.sh
. "$sources/tests/cluster/slurm_cluster.sh"
PATH=$(dirname "$program"):$PATH

# Eight cells of a few seconds each: a shard is long enough to be killed in.
mkdir -p "$folder/work"
twinvoice init "$folder/work/demo" >/dev/null
sweep=$folder/work/demo/experiments/cluster.json
cat >"$sweep" <<'EOF'
{
  "twinvoice": "sweep/1",
  "name": "cluster",
  "experiment": "zone-down.json",
  "axes": {
    "load": {"of": "/load/issue-invoice/poisson", "values": ["60 tps", "120 tps", "180 tps", "240 tps"]},
    "outage": {"of": "zone-b-down.duration", "values": ["20 s", "40 s"]}
  },
  "replications": 40
}
EOF

mkdir "$folder/work/alone" "$folder/work/cluster"
cd "$folder/work/alone"
echo "on this machine alone"
twinvoice sweep run "$sweep" --quiet >/dev/null
twinvoice sweep export cluster.twinvoice.sqlite --format csv >export.csv

cd "$folder/work/cluster"
echo "on the cluster"
cluster_start "$folder/slurm"
twinvoice sweep emit slurm "$sweep" --shards 4 --program "$program" >job.sh
bash job.sh

# Node 2 dies while its task has results that are not finished.
victim=
for _ in $(seq 240); do
  victim=$(squeue -h -t R -w node2 -o '%i')
  task=${victim##*_}
  [ -n "$victim" ] && [ -s "cluster.$task-of-4.twinvoice.sqlite" ] && break
  sleep 0.25
done
[ -n "$victim" ] || fail "nothing runs on node 2"
sleep 1
[ "$(squeue -h -t R -w node2 -o '%i')" = "$victim" ] || fail "task $victim is done before node 2 can be killed"
echo "node 2 dies at task $victim"
cluster_node_kill 2
for _ in $(seq 240); do
  case $(sinfo -h -n node2 -o '%t') in down*) break ;; esac
  sleep 0.25
done
case $(sinfo -h -n node2 -o '%t') in down*) ;; *) fail "Slurm does not notice that node 2 is dead" ;; esac
grep -q "requeue job .* due to failure of node node2" "$folder/slurm/log/slurmctld" || fail "task $victim is not queued again"
# Slurm lets a task that it queues again wait for two minutes; the test does not.
scontrol update jobid="$victim" starttime=now

for _ in $(seq 1200); do
  [ -z "$(squeue -h)" ] && break
  sleep 0.5
done
[ -z "$(squeue -h)" ] || fail "the array does not come to its end: $(squeue)"
[ -s cluster.twinvoice.sqlite ] || fail "the shards are not merged: $(cat ./*.log)"
twinvoice sweep export cluster.twinvoice.sqlite --format csv >export.csv
cmp "$folder/work/alone/export.csv" export.csv || fail "the merged export differs from that of one machine"
echo "the same $(wc -c <export.csv) bytes"
