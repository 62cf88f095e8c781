#include "tests/unit/store/faulty_disk.hpp"

#include <sqlite3.h>

#include <cstring>
#include <new>

namespace twinvoice::store {
namespace {

struct State {
  sqlite3_vfs vfs{};
  sqlite3_vfs* real = nullptr;
  DiskFault fault = DiskFault::kNone;
  std::uint64_t left = 0;
  bool struck = false;
  bool recording = false;
  std::vector<DiskChange> log;
};

State* state = nullptr;

struct File {
  sqlite3_file base;
  sqlite3_file* real;
  std::string* name;
};

File& of(sqlite3_file* file) { return *reinterpret_cast<File*>(file); }

enum class Call { kWrite, kSync, kOther };

/// The code with which a call fails, or SQLITE_OK.
int verdict(Call call) {
  const bool counts = state->fault == DiskFault::kFull || state->fault == DiskFault::kTorn
                          ? call == Call::kWrite
                      : state->fault == DiskFault::kSync ? call == Call::kSync
                                                         : true;
  const bool lasting_torn = state->fault == DiskFault::kTorn && state->struck;
  if (state->fault == DiskFault::kNone || !(counts || lasting_torn)) return SQLITE_OK;
  if (state->struck && state->fault == DiskFault::kHiccup) return SQLITE_OK;
  if (!state->struck && state->left-- > 0) return SQLITE_OK;
  state->struck = true;
  switch (state->fault) {
    case DiskFault::kFull: return SQLITE_FULL;
    case DiskFault::kSync: return SQLITE_IOERR_FSYNC;
    case DiskFault::kTorn: return SQLITE_IOERR_WRITE;
    default: return SQLITE_IOERR;
  }
}

void note(DiskChange change) {
  if (state->recording) state->log.push_back(std::move(change));
}

std::string last_part(const char* path) {
  const std::string whole = path == nullptr ? "" : path;
  return whole.substr(whole.find_last_of('/') + 1);
}

int close_file(sqlite3_file* file) {
  File& f = of(file);
  const int code = f.real->pMethods == nullptr ? SQLITE_OK : f.real->pMethods->xClose(f.real);
  delete f.name;
  std::free(f.real);
  return code;
}

int read(sqlite3_file* file, void* to, int n, sqlite3_int64 at) {
  return of(file).real->pMethods->xRead(of(file).real, to, n, at);
}

int write(sqlite3_file* file, const void* from, int n, sqlite3_int64 at) {
  File& f = of(file);
  const bool first = !state->struck;
  const int code = verdict(Call::kWrite);
  if (code != SQLITE_OK) {
    if (state->fault == DiskFault::kTorn && first) f.real->pMethods->xWrite(f.real, from, n / 2, at);
    return code;
  }
  const auto* bytes = static_cast<const std::byte*>(from);
  note({DiskChange::Kind::kWrite, *f.name, at, {bytes, bytes + n}});
  return f.real->pMethods->xWrite(f.real, from, n, at);
}

int truncate(sqlite3_file* file, sqlite3_int64 size) {
  File& f = of(file);
  if (const int code = verdict(Call::kOther); code != SQLITE_OK) return code;
  note({DiskChange::Kind::kTruncate, *f.name, size, {}});
  return f.real->pMethods->xTruncate(f.real, size);
}

int sync(sqlite3_file* file, int) {
  if (const int code = verdict(Call::kSync); code != SQLITE_OK) return code;
  note({DiskChange::Kind::kSync, *of(file).name, 0, {}});
  return SQLITE_OK;
}

int file_size(sqlite3_file* file, sqlite3_int64* size) {
  return of(file).real->pMethods->xFileSize(of(file).real, size);
}
int lock(sqlite3_file* file, int level) { return of(file).real->pMethods->xLock(of(file).real, level); }
int unlock(sqlite3_file* file, int level) { return of(file).real->pMethods->xUnlock(of(file).real, level); }
int check_lock(sqlite3_file* file, int* held) {
  return of(file).real->pMethods->xCheckReservedLock(of(file).real, held);
}
int control(sqlite3_file* file, int what, void* value) {
  return of(file).real->pMethods->xFileControl(of(file).real, what, value);
}
int sector_size(sqlite3_file* file) { return of(file).real->pMethods->xSectorSize(of(file).real); }
int characteristics(sqlite3_file*) { return 0; }
int shm_map(sqlite3_file* file, int page, int size, int extend, void volatile** to) {
  return of(file).real->pMethods->xShmMap(of(file).real, page, size, extend, to);
}
int shm_lock(sqlite3_file* file, int offset, int n, int flags) {
  return of(file).real->pMethods->xShmLock(of(file).real, offset, n, flags);
}
void shm_barrier(sqlite3_file* file) { of(file).real->pMethods->xShmBarrier(of(file).real); }
int shm_unmap(sqlite3_file* file, int remove) {
  return of(file).real->pMethods->xShmUnmap(of(file).real, remove);
}

const sqlite3_io_methods kMethods = {
    2,         close_file, read,    write,       truncate,        sync,    file_size, lock,
    unlock,    check_lock, control, sector_size, characteristics, shm_map, shm_lock,  shm_barrier,
    shm_unmap, nullptr,    nullptr};

int open_file(sqlite3_vfs*, const char* path, sqlite3_file* file, int flags, int* out_flags) {
  File& f = of(file);
  f.base.pMethods = nullptr;
  f.real = static_cast<sqlite3_file*>(std::calloc(1, static_cast<std::size_t>(state->real->szOsFile)));
  const int code = state->real->xOpen(state->real, path, f.real, flags, out_flags);
  if (code != SQLITE_OK) {
    std::free(f.real);
    return code;
  }
  f.name = new std::string(last_part(path));
  f.base.pMethods = &kMethods;
  return SQLITE_OK;
}

int delete_file(sqlite3_vfs*, const char* path, int durable) {
  if (const int code = verdict(Call::kOther); code != SQLITE_OK) return code;
  note({DiskChange::Kind::kDelete, last_part(path), 0, {}, durable != 0});
  return state->real->xDelete(state->real, path, 0);
}

}  // namespace

FaultyDisk::FaultyDisk() {
  state = new State;
  state->real = sqlite3_vfs_find(nullptr);
  state->vfs = *state->real;
  state->vfs.zName = "faulty";
  state->vfs.szOsFile = sizeof(File);
  state->vfs.pNext = nullptr;
  state->vfs.xOpen = open_file;
  state->vfs.xDelete = delete_file;
  sqlite3_vfs_register(&state->vfs, 1);
}

FaultyDisk::~FaultyDisk() {
  sqlite3_vfs_unregister(&state->vfs);
  sqlite3_vfs_register(state->real, 1);
  delete state;
  state = nullptr;
}

void FaultyDisk::fail(DiskFault fault, std::uint64_t n) {
  state->fault = fault;
  state->left = n;
  state->struck = false;
}

bool FaultyDisk::struck() const { return state->struck; }

void FaultyDisk::record() {
  state->recording = true;
  state->log.clear();
}

void FaultyDisk::mark(std::size_t mark) {
  DiskChange change;
  change.mark = mark;
  note(std::move(change));
}

std::vector<DiskChange> FaultyDisk::log() const { return state->log; }

}  // namespace twinvoice::store
