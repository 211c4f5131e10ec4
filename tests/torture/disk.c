/* A disk that can be looked at and filled: preloaded under the service, it writes down everything that is
 * done to files below KHUKHA_DISK_ROOT, in order, and answers ENOSPC once the room given is used up.
 *
 * KHUKHA_DISK_LOG   where records go: header (below), path, then a second path or the bytes written.
 * KHUKHA_DISK_ROOM  a file of 8 bytes, mapped: bytes that may still be written; negative is no limit.
 *
 * What a power cut would leave is worked out from the record by disk.py: only what was synced is sure to stay.
 * Calls that copy within the kernel (sendfile, copy_file_range) fail with ENOSYS here, so that they come as writes.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { WRITE = 1, TRUNCATE, SYNC, RENAME, UNLINK, MKDIR, LINK, CREATE };

struct header { int64_t at_ns; int64_t offset; uint32_t op, path_len, data_len, pad; };

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static char root[PATH_MAX];
static int log_fd = -1;
static volatile int64_t *room;

#define REAL(name, type, ...) static type (*real_##name)(__VA_ARGS__)
REAL(write, ssize_t, int, const void *, size_t);
REAL(pwrite, ssize_t, int, const void *, size_t, off_t);
REAL(writev, ssize_t, int, const struct iovec *, int);
REAL(ftruncate, int, int, off_t);
REAL(fsync, int, int);
REAL(fdatasync, int, int);
REAL(rename, int, const char *, const char *);
REAL(unlink, int, const char *);
REAL(unlinkat, int, int, const char *, int);
REAL(mkdir, int, const char *, mode_t);
REAL(rmdir, int, const char *);
REAL(link, int, const char *, const char *);
REAL(linkat, int, int, const char *, int, const char *, int);
REAL(open, int, const char *, int, ...);
REAL(openat, int, int, const char *, int, ...);

__attribute__((constructor)) static void begin(void) {
#define FIND(name) real_##name = dlsym(RTLD_NEXT, #name)
    FIND(write); FIND(pwrite); FIND(writev); FIND(ftruncate); FIND(fsync); FIND(fdatasync); FIND(rename);
    FIND(unlink); FIND(unlinkat); FIND(mkdir); FIND(rmdir); FIND(link); FIND(linkat); FIND(open); FIND(openat);
    const char *where = getenv("KHUKHA_DISK_ROOT"), *log = getenv("KHUKHA_DISK_LOG"), *limit = getenv("KHUKHA_DISK_ROOM");
    if (!where || !realpath(where, root)) root[0] = 0;
    if (log) log_fd = real_open(log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (limit) {
        int fd = real_open(limit, O_RDWR | O_CLOEXEC);
        void *at = fd < 0 ? MAP_FAILED : mmap(0, 8, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (at != MAP_FAILED) room = at;
        if (fd >= 0) close(fd);
    }
}

static int below(const char *path) {
    size_t n = strlen(root);
    return n && strncmp(path, root, n) == 0 && (path[n] == '/' || path[n] == 0);
}

/* The path behind a descriptor, or 0 where it is none of ours. SQLite's -shm is memory, made anew after a cut. */
static int path_of(int fd, char *path) {
    char name[64] = "/proc/self/fd/", digits[16];
    int at = 14, n = 0;
    if (fd < 0) return 0;
    do digits[n++] = '0' + fd % 10; while (fd /= 10);
    while (n) name[at++] = digits[--n];
    name[at] = 0;
    ssize_t length = readlink(name, path, PATH_MAX - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    return below(path) && (length < 4 || strcmp(path + length - 4, "-shm"));
}

/* An absolute path of what a call names, its folder resolved. */
static int named(int dir, const char *name, char *path) {
    char folder[PATH_MAX], whole[PATH_MAX];
    if (name[0] != '/' && dir != AT_FDCWD) {
        if (!path_of(dir, folder)) return 0;
        if (strlen(folder) + strlen(name) + 2 > PATH_MAX) return 0;
        strcpy(whole, folder); strcat(whole, "/"); strcat(whole, name);
    } else if (name[0] != '/') {
        if (!getcwd(folder, PATH_MAX) || strlen(folder) + strlen(name) + 2 > PATH_MAX) return 0;
        strcpy(whole, folder); strcat(whole, "/"); strcat(whole, name);
    } else if (strlen(name) < PATH_MAX) strcpy(whole, name);
    else return 0;
    char *slash = strrchr(whole, '/'), last[NAME_MAX + 1];
    if (strlen(slash + 1) > NAME_MAX) return 0;
    strcpy(last, slash + 1);
    *slash = 0;
    if (!realpath(whole[0] ? whole : "/", path) || strlen(path) + strlen(last) + 2 > PATH_MAX) return 0;
    strcat(path, "/"); strcat(path, last);
    return below(path);
}

static void put(uint32_t op, const char *path, int64_t offset, const void *data, size_t size) {
    if (log_fd < 0) return;
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    struct header h = {t.tv_sec * 1000000000LL + t.tv_nsec, offset, op, strlen(path), size, 0};
    size_t total = sizeof h + h.path_len + size;
    char *all = malloc(total);
    memcpy(all, &h, sizeof h);
    memcpy(all + sizeof h, path, h.path_len);
    if (size) memcpy(all + sizeof h + h.path_len, data, size);
    for (size_t done = 0; done < total;) {
        ssize_t n = real_write(log_fd, all + done, total - done);
        if (n <= 0) abort();
        done += n;
    }
    free(all);
}

/* How much of a write fits; -1 where nothing does. */
static ssize_t fits(size_t size) {
    if (!room || *room < 0) return size;
    if (*room == 0 && size) { errno = ENOSPC; return -1; }
    return size < (uint64_t)*room ? (ssize_t)size : (ssize_t)*room;
}
static void used(ssize_t size) { if (room && *room >= 0 && size > 0) *room -= size; }

#define LOCKED(result, ...) do { int kept; pthread_mutex_lock(&turn); __VA_ARGS__; \
    kept = errno; pthread_mutex_unlock(&turn); errno = kept; return result; } while (0)

ssize_t write(int fd, const void *data, size_t size) {
    char path[PATH_MAX];
    if (!path_of(fd, path)) return real_write(fd, data, size);
    ssize_t n;
    LOCKED(n, if ((n = fits(size)) >= 0 && (n = real_write(fd, data, n)) > 0) {
        used(n); put(WRITE, path, lseek(fd, 0, SEEK_CUR) - n, data, n); });
}
ssize_t pwrite(int fd, const void *data, size_t size, off_t offset) {
    char path[PATH_MAX];
    if (!path_of(fd, path)) return real_pwrite(fd, data, size, offset);
    ssize_t n;
    LOCKED(n, if ((n = fits(size)) >= 0 && (n = real_pwrite(fd, data, n, offset)) > 0) {
        used(n); put(WRITE, path, offset, data, n); });
}
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t offset) { return pwrite(fd, data, size, offset); }
ssize_t writev(int fd, const struct iovec *parts, int count) {
    char path[PATH_MAX];
    if (!path_of(fd, path)) return real_writev(fd, parts, count);
    for (int i = 0; i < count; i++)
        if (parts[i].iov_len) return write(fd, parts[i].iov_base, parts[i].iov_len); /* the caller goes on */
    return 0;
}
int ftruncate(int fd, off_t size) {
    char path[PATH_MAX];
    if (!path_of(fd, path)) return real_ftruncate(fd, size);
    int r;
    LOCKED(r, if (!(r = real_ftruncate(fd, size))) put(TRUNCATE, path, size, 0, 0));
}
int ftruncate64(int fd, off64_t size) { return ftruncate(fd, size); }
int fsync(int fd) {
    char path[PATH_MAX];
    if (!path_of(fd, path)) return real_fsync(fd);
    LOCKED(0, put(SYNC, path, 0, 0, 0)); /* the record is the disk: no need to wait for the real one */
}
int fdatasync(int fd) { return fsync(fd); }

int rename(const char *from, const char *to) {
    char a[PATH_MAX], b[PATH_MAX];
    int ours = named(AT_FDCWD, from, a) & named(AT_FDCWD, to, b), r;
    if (!ours) return real_rename(from, to);
    LOCKED(r, if (!(r = real_rename(from, to))) put(RENAME, a, 0, b, strlen(b)));
}
int unlink(const char *name) { return unlinkat(AT_FDCWD, name, 0); }
int remove(const char *name) { return unlink(name); }
int unlinkat(int dir, const char *name, int flags) {
    char path[PATH_MAX];
    if (!named(dir, name, path)) return real_unlinkat(dir, name, flags);
    int r;
    LOCKED(r, if (!(r = real_unlinkat(dir, name, flags))) put(UNLINK, path, 0, 0, 0));
}
int rmdir(const char *name) { return unlinkat(AT_FDCWD, name, AT_REMOVEDIR); }
int mkdir(const char *name, mode_t mode) {
    char path[PATH_MAX];
    if (!named(AT_FDCWD, name, path)) return real_mkdir(name, mode);
    int r;
    LOCKED(r, if (!(r = real_mkdir(name, mode))) put(MKDIR, path, 0, 0, 0));
}
int linkat(int da, const char *from, int db, const char *to, int flags) {
    char a[PATH_MAX], b[PATH_MAX];
    int ours = named(da, from, a) & named(db, to, b), r;
    if (!ours) return real_linkat(da, from, db, to, flags);
    LOCKED(r, if (!(r = real_linkat(da, from, db, to, flags))) put(LINK, a, 0, b, strlen(b)));
}
int link(const char *from, const char *to) { return linkat(AT_FDCWD, from, AT_FDCWD, to, 0); }

static int opened(int dir, const char *name, int flags, mode_t mode) {
    char path[PATH_MAX];
    if (!(flags & (O_CREAT | O_TRUNC)) || !named(dir, name, path)) return real_openat(dir, name, flags, mode);
    int r;
    LOCKED(r, {
        int there = access(path, F_OK) == 0;
        if ((r = real_openat(dir, name, flags, mode)) >= 0) {
            size_t n = strlen(path);
            int memory = n > 4 && !strcmp(path + n - 4, "-shm");
            if (!there && !memory) put(CREATE, path, 0, 0, 0);
            if (there && !memory && (flags & O_TRUNC)) put(TRUNCATE, path, 0, 0, 0);
        }
    });
}
#define MODE mode_t mode = 0; if (flags & (O_CREAT | __O_TMPFILE)) { va_list a; va_start(a, flags); mode = va_arg(a, mode_t); va_end(a); }
int open(const char *name, int flags, ...) { MODE return opened(AT_FDCWD, name, flags, mode); }
int open64(const char *name, int flags, ...) { MODE return opened(AT_FDCWD, name, flags | O_LARGEFILE, mode); }
int openat(int dir, const char *name, int flags, ...) { MODE return opened(dir, name, flags, mode); }
int openat64(int dir, const char *name, int flags, ...) { MODE return opened(dir, name, flags | O_LARGEFILE, mode); }

ssize_t sendfile(int to, int from, off_t *at, size_t n) { (void)to; (void)from; (void)at; (void)n; errno = ENOSYS; return -1; }
ssize_t sendfile64(int to, int from, off64_t *at, size_t n) { return sendfile(to, from, at, n); }
ssize_t copy_file_range(int from, off64_t *a, int to, off64_t *b, size_t n, unsigned f) {
    (void)from; (void)a; (void)to; (void)b; (void)n; (void)f; errno = ENOSYS; return -1;
}
int fallocate(int fd, int mode, off_t at, off_t n) { (void)fd; (void)mode; (void)at; (void)n; errno = EOPNOTSUPP; return -1; }
int posix_fallocate(int fd, off_t at, off_t n) { (void)fd; (void)at; (void)n; return EOPNOTSUPP; }
