/* The beginning of the one-file program on Linux: unpacks the folder build once, then becomes it.
 *
 * The file is [this program][payload][index][trailer], made by pack.py. The payload is one zstd frame of entries, the
 * index lists every file with its size, the trailer says where both lie and which SHA-256 all before it has. The folder
 * is unpacked into <cache>/<SHA-256> under another name and gets its own by one rename, after the SHA-256 was right and
 * the disk has it: whoever finds it finds it whole. Later starts compare it with the index (a cleaner of caches may
 * have been there) and become the program in it.
 *
 * Locks are flock's, which end with the process however it ends. Whoever unpacks or sweeps holds the cache folder;
 * whoever runs shares its own folder and hands the lock on to the program, so a running one is never swept.
 *
 * cc -Os -static stub.c -lzstd. Static, so that it starts, and can say what is missing, where the C library is too old.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>
#include <zstd.h>

#include "sha256.h"

#define NAME "chatapp"
#define MAGIC "CHATAPP1"
#define HEX (2 * SHA256_BYTES)
/* Another start that unpacks is waited for this long; then this one unpacks too, and the first to finish wins. */
#define SECONDS_TO_WAIT 20
#define EXIT_REFUSED 2

/* All numbers are little-endian, as on every machine this is built for. */
struct trailer {
    uint64_t payload_at, payload_bytes, index_bytes;
    uint16_t glibc_major, glibc_minor; /* the least that the program inside needs */
    uint8_t check[4]; /* the beginning of the SHA-256 of this trailer with zeros here */
    uint8_t sha256[SHA256_BYTES];
    char magic[8];
};

struct self {
    int fd;
    char path[PATH_MAX];
    struct trailer trailer;
    char id[HEX + 1];
    char *index;
};

static char why[8192]; /* why each folder tried would not do, for the sentence at the end */

__attribute__((noreturn, format(printf, 1, 2))) static void refuse(const char *format, ...) {
    va_list values;
    va_start(values, format);
    fputs(NAME ": ", stderr);
    vfprintf(stderr, format, values);
    fputc('\n', stderr);
    va_end(values);
    exit(EXIT_REFUSED);
}

__attribute__((noreturn)) static void damaged(void) { refuse("This file is damaged or not whole: get it again."); }

static int not_there(const char *folder, const char *reason) {
    size_t used = strlen(why);
    snprintf(why + used, sizeof why - used, "\n  %s: %s", folder, reason);
    return -1;
}

/* ---- this file ---- */

static void read_at(int fd, void *into, size_t bytes, off_t at) {
    for (char *next = into; bytes;) {
        ssize_t got = pread(fd, next, bytes, at);
        if (got <= 0) damaged();
        next += got, at += got, bytes -= (size_t)got;
    }
}

static int is_sound(const struct trailer *trailer, uint64_t whole) {
    struct trailer checked = *trailer;
    struct sha256 hash;
    uint8_t found[SHA256_BYTES];
    memset(checked.check, 0, sizeof checked.check);
    sha256_begin(&hash);
    sha256_add(&hash, &checked, sizeof checked);
    sha256_end(&hash, found);
    return !memcmp(trailer->magic, MAGIC, sizeof trailer->magic) && !memcmp(trailer->check, found, sizeof trailer->check) &&
           trailer->payload_at + trailer->payload_bytes + trailer->index_bytes == whole;
}

static void open_self(struct self *self) {
    struct stat status;
    struct trailer *trailer = &self->trailer;
    ssize_t length = readlink("/proc/self/exe", self->path, sizeof self->path - 1);
    self->fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    if (length < 0 || self->fd < 0 || fstat(self->fd, &status)) refuse("It cannot read itself: /proc must be mounted.");
    self->path[length] = 0;
    if (status.st_size < (off_t)sizeof *trailer) damaged();
    read_at(self->fd, trailer, sizeof *trailer, status.st_size - (off_t)sizeof *trailer);
    if (!is_sound(trailer, (uint64_t)status.st_size - sizeof *trailer)) damaged();
    for (int i = 0; i < SHA256_BYTES; i++) sprintf(self->id + 2 * i, "%02x", trailer->sha256[i]);
    self->index = calloc(trailer->index_bytes + 1, 1);
    if (!self->index) refuse("There is not enough memory.");
    read_at(self->fd, self->index, trailer->index_bytes, (off_t)(trailer->payload_at + trailer->payload_bytes));
}

#include "glibc.h"
#include "unpack.h"

/* ---- the cache ---- */

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *place) {
    (void)status, (void)kind, (void)place;
    return remove(path);
}

static void remove_all(const char *path) { nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS); }

static int lock_patiently(int fd) {
    struct timespec pause = {0, 20 * 1000 * 1000};
    for (int tries = SECONDS_TO_WAIT * 50; tries; tries--) {
        if (!flock(fd, LOCK_EX | LOCK_NB)) return 0;
        if (errno != EWOULDBLOCK) return -1; /* a file system without locks */
        nanosleep(&pause, NULL);
    }
    return -1;
}

/* Remove what nobody runs: folders of other versions if `others`, and always what killed starts left half done. */
static void sweep(const char *cache, const char *id, int others) {
    char path[PATH_MAX], away[PATH_MAX];
    struct dirent *each;
    DIR *listing = opendir(cache);
    if (!listing) return;
    while ((each = readdir(listing))) {
        int is_half_done = each->d_name[0] == '.' && each->d_name[1] && strcmp(each->d_name, "..");
        int is_other = strlen(each->d_name) == HEX && strcmp(each->d_name, id) && others;
        if (!is_half_done && !is_other) continue;
        snprintf(path, sizeof path, "%s/%s", cache, each->d_name);
        snprintf(away, sizeof away, "%s/.old-%s", cache, each->d_name + is_half_done);
        int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0) continue;
        if (!flock(fd, LOCK_EX | LOCK_NB)) {
            /* Out of the way first: whoever starts it now finds nothing, and unpacks, instead of half of it. */
            if (is_half_done || rename(path, away)) remove_all(path);
            else remove_all(away);
        }
        close(fd);
    }
    closedir(listing);
}

/* Tell whether the open folder has all that the index lists, in the right size. */
static int is_whole(const struct self *self, int folder) {
    for (const char *line = self->index; *line;) {
        struct stat status;
        char *path;
        unsigned long long bytes = strtoull(line, &path, 10);
        if (fstatat(folder, ++path, &status, 0) || (unsigned long long)status.st_size != bytes) return 0;
        line = path + strlen(path) + 1;
    }
    return 1;
}

/* Open and share the unpacked folder. -1: there is none, or it is not whole, or is being swept. */
static int share(const struct self *self, const char *cache) {
    struct stat held, named;
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", cache, self->id);
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW); /* stays open in the program: its lock is the lock */
    if (fd < 0) return -1;
    int is_taken = flock(fd, LOCK_SH | LOCK_NB) && errno == EWOULDBLOCK;
    if (is_taken || fstat(fd, &held) || stat(path, &named) || held.st_ino != named.st_ino || !is_whole(self, fd)) {
        close(fd);
        return -1;
    }
    return fd;
}

static int unpack_into(const struct self *self, const char *cache) {
    char path[PATH_MAX], part[PATH_MAX], away[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", cache, self->id);
    snprintf(part, sizeof part, "%s/.part-%d", cache, getpid());
    snprintf(away, sizeof away, "%s/.broken-%d", cache, getpid());
    remove_all(part);
    int folder = mkdir(part, 0700) ? -1 : open(part, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return not_there(cache, strerror(errno));
    int failed = unpack(self, folder), reason = errno;
    /* On disk before it has its name: after a power cut there is all of it, or nothing. */
    if (!failed && syncfs(folder)) failed = -2, reason = errno;
    close(folder);
    if (failed) remove_all(part);
    if (failed == -1) damaged();
    if (failed) return not_there(cache, strerror(reason));
    if (rename(part, path)) {
        /* One that is not whole stands in the way, or another start was quicker; both are as good as ours or worse. */
        if (!rename(path, away)) remove_all(away);
        if (rename(part, path)) remove_all(part);
    }
    return 0;
}

/* Have the program unpacked in `cache` and return the open, shared folder. -1: this place will not do. */
static int prepare(const struct self *self, const char *cache) {
    int held = open(cache, O_RDONLY | O_DIRECTORY | O_CLOEXEC), is_held, is_new = 0;
    int folder = share(self, cache);
    if (folder >= 0) {
        is_held = !flock(held, LOCK_EX | LOCK_NB);
    } else {
        is_held = !lock_patiently(held);
        folder = share(self, cache); /* another start may have done it meanwhile */
        is_new = folder < 0 && !unpack_into(self, cache);
        if (is_new && (folder = share(self, cache)) < 0) not_there(cache, "what was unpacked there changes by itself");
    }
    /* Somebody who goes back and forth between two versions unpacks at each change, and at no other start. */
    if (is_held && folder >= 0) sweep(cache, self->id, is_new);
    close(held);
    return folder;
}

/* Make `cache` with the folders above it, and see that it is ours alone: others could put their program there. */
static int make(char *cache) {
    struct stat status;
    struct statvfs system;
    for (char *slash = cache + 1; (slash = strchr(slash, '/')); *slash++ = '/') {
        *slash = 0;
        mkdir(cache, 0700);
    }
    if (mkdir(cache, 0700) && errno != EEXIST) return not_there(cache, strerror(errno));
    if (lstat(cache, &status) || statvfs(cache, &system)) return not_there(cache, strerror(errno));
    if (!S_ISDIR(status.st_mode)) return not_there(cache, "it is no folder");
    if (status.st_uid != geteuid() || status.st_mode & 022) return not_there(cache, "it belongs to others, or they may write to it");
    if (system.f_flag & ST_NOEXEC) return not_there(cache, "programs may not be run from there (noexec)");
    return 0;
}

static void run(const struct self *self, char *cache, char **arguments) {
    char program[PATH_MAX];
    if (make(cache)) return;
    int folder = prepare(self, cache);
    if (folder < 0) return;
    snprintf(program, sizeof program, "%s/%s/%s", cache, self->id, NAME);
    /* For what lies beside the file that was started: the program itself only sees the one in the cache. */
    setenv("CHATAPP_PROGRAM", self->path, 1);
    execv(program, arguments);
    not_there(cache, strerror(errno));
    close(folder);
}

/* Where programs keep what they can make again. A home that is not ours (sudo leaves it) stays untouched. */
static void run_from_home(const struct self *self, char **arguments) {
    char cache[PATH_MAX];
    struct stat status;
    const char *asked = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    if (asked && *asked == '/') {
        snprintf(cache, sizeof cache, "%.*s/" NAME, PATH_MAX - 100, asked);
        run(self, cache, arguments);
    }
    if (home && *home == '/' && !stat(home, &status) && status.st_uid == geteuid()) {
        snprintf(cache, sizeof cache, "%.*s/.cache/" NAME, PATH_MAX - 100, home);
        run(self, cache, arguments);
    }
}

int main(int count, char **arguments) {
    static struct self self;
    const char *const temporary[] = {getenv("TMPDIR"), "/var/tmp", "/tmp"};
    char cache[PATH_MAX];
    (void)count;
    open_self(&self);
    check_glibc(&self.trailer);
    run_from_home(&self, arguments);
    for (size_t i = 0; i < sizeof temporary / sizeof *temporary; i++) {
        if (!temporary[i] || *temporary[i] != '/') continue;
        snprintf(cache, sizeof cache, "%.*s/" NAME "-%u", PATH_MAX - 100, temporary[i], (unsigned)geteuid());
        run(&self, cache, arguments);
    }
    refuse("It found no folder to unpack itself into. Set XDG_CACHE_HOME to one with 100 MB free.%s", why);
}
