/* Stands between a program and its disk (LD_PRELOAD): counts the calls on the files of one folder,
 * makes a chosen one fail, gives the folder a disk of a chosen size, and slows every sync.
 *
 * DISK_FOLDER    only files below it are concerned
 * DISK_FILES     only those whose name begins with one of these words, between colons; absent: all
 * DISK_DELAY_US  added to every sync; absent: nothing
 * DISK_ORDERS    a file of seven 64-bit numbers that both sides may change at any time, see below;
 *                absent: nothing fails */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum {
    CALLS,   /* calls that could have failed, counted up */
    FAIL_AT, /* which of them fails; 0: none */
    ERROR,   /* with which errno */
    HOW,     /* see below */
    ROOM,    /* bytes free on the disk; negative: no limit */
    FAILED,  /* how many calls were made to fail, counted up */
    STALL,   /* microseconds added to every sync */
    ORDERS
};
enum {
    ONCE,  /* the call fails, the next does not */
    ON,    /* it and every later one */
    TORN,  /* half of a write is written, and the next write of the file fails */
    SHORT, /* half of a write is written, which is no failure */
};

static int64_t none[ORDERS] = {[ROOM] = -1};
static int64_t *orders = none;
static int64_t delay_us;
static const char *folder, *files;
static int torn = -1;

#define REAL(type, name, ...)                                                                      \
    static type (*real)(__VA_ARGS__);                                                              \
    if (!real) real = (type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name)

static int64_t order(int which) { return __atomic_load_n(&orders[which], __ATOMIC_SEQ_CST); }
static int64_t add(int which, int64_t by) {
    return __atomic_add_fetch(&orders[which], by, __ATOMIC_SEQ_CST);
}

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("DISK_ORDERS");
    folder = getenv("DISK_FOLDER");
    files = getenv("DISK_FILES");
    if (getenv("DISK_DELAY_US")) delay_us = atoll(getenv("DISK_DELAY_US"));
    if (!path) return;
    REAL(int, open, const char *, int, ...);
    int fd = real(path, O_RDWR | O_CLOEXEC);
    void *at = fd < 0 ? MAP_FAILED
                      : mmap(NULL, ORDERS * sizeof *orders, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED) {
        fputs("disk: no orders\n", stderr);
        _exit(70);
    }
    close(fd);
    orders = at;
}

static int is_inside(const char *path) {
    if (!folder || !path) return 0;
    size_t length = strlen(folder);
    return strncmp(path, folder, length) == 0 && (path[length] == '/' || path[length] == 0);
}

static int concerns_path(const char *path) {
    if (!is_inside(path)) return 0;
    if (!files) return 1;
    const char *name = strrchr(path, '/');
    name = name ? name + 1 : path;
    for (const char *word = files; *word;) {
        size_t length = strcspn(word, ":");
        if (length && strncmp(name, word, length) == 0) return 1;
        word += length + (word[length] == ':');
    }
    return 0;
}

static int concerns(int fd) {
    if (!folder) return 0;
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    return concerns_path(path);
}

/* Counts a call; whether it is to fail, errno set. Reads fail with EIO only. */
static int fails(int is_read) {
    if (is_read && order(ERROR) != EIO) return 0;
    int64_t how = order(HOW), at = order(FAIL_AT);
    if (how != ONCE && how != ON) return 0;
    int64_t call = add(CALLS, 1);
    if (at == 0 || (how == ONCE ? call != at : call < at)) return 0;
    add(FAILED, 1);
    errno = (int)order(ERROR);
    return 1;
}

/* Takes room for a file that grows to `end`; how many of the bytes before `end` find none. */
static int64_t grow(int fd, int64_t end) {
    struct stat data;
    if (order(ROOM) < 0 || fstat(fd, &data) != 0 || end <= data.st_size) return 0;
    int64_t by = end - data.st_size, left = add(ROOM, -by);
    if (left >= 0) return 0;
    int64_t missing = -left < by ? -left : by;
    add(ROOM, missing);
    return missing;
}

/* How many bytes of a write go through; -1: it fails, errno set. */
static ssize_t writable(int fd, size_t length, int64_t at) {
    int64_t how = order(HOW);
    if (torn == fd) {
        torn = -1;
        errno = (int)order(ERROR);
        return -1;
    }
    if (fails(0)) return -1;
    if ((how == TORN || how == SHORT) && length > 1) {
        if (add(CALLS, 1) == order(FAIL_AT)) {
            add(FAILED, 1);
            if (how == TORN) torn = fd;
            return (ssize_t)(length / 2);
        }
    }
    int64_t missing = grow(fd, at + (int64_t)length);
    if (missing < (int64_t)length) return (ssize_t)((int64_t)length - missing);
    if (length == 0) return 0;
    errno = ENOSPC;
    return -1;
}

static int64_t place(int fd) {
    struct stat data;
    if (fcntl(fd, F_GETFL) & O_APPEND) return fstat(fd, &data) == 0 ? data.st_size : 0;
    return lseek(fd, 0, SEEK_CUR);
}

#define WRITE_AT(name, offset)                                                                     \
    ssize_t name(int fd, const void *bytes, size_t length, offset at) {                            \
        REAL(ssize_t, name, int, const void *, size_t, offset);                                    \
        if (concerns(fd)) {                                                                        \
            ssize_t through = writable(fd, length, at);                                            \
            if (through < 0) return -1;                                                            \
            length = (size_t)through;                                                              \
        }                                                                                          \
        return real(fd, bytes, length, at);                                                        \
    }
WRITE_AT(pwrite, off_t)
WRITE_AT(pwrite64, off64_t)

ssize_t write(int fd, const void *bytes, size_t length) {
    REAL(ssize_t, write, int, const void *, size_t);
    if (concerns(fd)) {
        ssize_t through = writable(fd, length, place(fd));
        if (through < 0) return -1;
        length = (size_t)through;
    }
    return real(fd, bytes, length);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    REAL(ssize_t, writev, int, const struct iovec *, int);
    if (count > 0 && concerns(fd)) return write(fd, parts[0].iov_base, parts[0].iov_len);
    return real(fd, parts, count);
}

#define READ_AT(name, offset)                                                                      \
    ssize_t name(int fd, void *bytes, size_t length, offset at) {                                  \
        REAL(ssize_t, name, int, void *, size_t, offset);                                          \
        if (concerns(fd) && fails(1)) return -1;                                                   \
        return real(fd, bytes, length, at);                                                        \
    }
READ_AT(pread, off_t)
READ_AT(pread64, off64_t)

#define SYNC(name)                                                                                 \
    int name(int fd) {                                                                             \
        REAL(int, name, int);                                                                      \
        if (concerns(fd)) {                                                                        \
            int64_t us = delay_us + order(STALL);                                                  \
            struct timespec span = {us / 1000000, us % 1000000 * 1000};                            \
            if (us > 0) nanosleep(&span, NULL);                                                    \
            if (fails(0)) return -1;                                                               \
        }                                                                                          \
        return real(fd);                                                                           \
    }
SYNC(fsync)
SYNC(fdatasync)

/* Opening for reading works on a full disk and on a read-only one. */
#define OPEN(name)                                                                                 \
    int name(const char *path, int flags, ...) {                                                   \
        REAL(int, name, const char *, int, ...);                                                   \
        va_list more;                                                                              \
        va_start(more, flags);                                                                     \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0;                    \
        va_end(more);                                                                              \
        if ((flags & O_ACCMODE) != O_RDONLY && concerns_path(path) && fails(0)) return -1;         \
        return real(path, flags, mode);                                                            \
    }
OPEN(open)
OPEN(open64)

#define SHORTEN(name, offset)                                                                      \
    int name(int fd, offset length) {                                                              \
        REAL(int, name, int, offset);                                                              \
        struct stat data;                                                                          \
        if (concerns(fd)) {                                                                        \
            if (fails(0)) return -1;                                                               \
            if (order(ROOM) >= 0 && fstat(fd, &data) == 0 && length < data.st_size)                \
                add(ROOM, data.st_size - length);                                                  \
        }                                                                                          \
        return real(fd, length);                                                                   \
    }
SHORTEN(ftruncate, off_t)
SHORTEN(ftruncate64, off64_t)

#define ALLOCATE(name, offset)                                                                     \
    int name(int fd, int mode, offset at, offset length) {                                         \
        REAL(int, name, int, int, offset, offset);                                                 \
        if (concerns(fd)) {                                                                        \
            if (fails(0)) return -1;                                                               \
            int64_t missing = grow(fd, at + length);                                               \
            if (missing > 0) {                                                                     \
                add(ROOM, length - missing);                                                       \
                errno = ENOSPC;                                                                    \
                return -1;                                                                         \
            }                                                                                      \
        }                                                                                          \
        return real(fd, mode, at, length);                                                         \
    }
ALLOCATE(fallocate, off_t)
ALLOCATE(fallocate64, off64_t)

int unlink(const char *path) {
    REAL(int, unlink, const char *);
    struct stat data;
    int is_there = concerns_path(path) && order(ROOM) >= 0 && stat(path, &data) == 0;
    int gone = real(path);
    if (is_there && gone == 0) add(ROOM, data.st_size);
    return gone;
}

#define DISK(name, type)                                                                           \
    int name(const char *path, struct type *disk) {                                                \
        REAL(int, name, const char *, struct type *);                                              \
        int done = real(path, disk);                                                               \
        if (done == 0 && is_inside(path) && order(ROOM) >= 0)                                      \
            disk->f_bavail = (uint64_t)order(ROOM) / disk->f_frsize;                               \
        return done;                                                                               \
    }
DISK(statvfs, statvfs)
DISK(statvfs64, statvfs64)
