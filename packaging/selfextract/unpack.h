/* Unpacks the payload: one zstd frame of entries, checked while it is read. Part of stub.c. */

/* What precedes each entry of the payload: its path, without an end, then its content (a link's is its target). */
struct entry {
    char kind; /* 'd' a folder, 'f' a file, 'x' one that can be run, 'l' a link, 'e' the end */
    char unused;
    uint16_t path_bytes;
    uint32_t bytes;
};

struct source {
    int fd;
    uint64_t left; /* bytes of the payload not read yet */
    ZSTD_DStream *stream;
    struct sha256 hash;
    ZSTD_inBuffer in;
    ZSTD_outBuffer out;
    size_t taken; /* bytes of `out` handed on */
    char in_bytes[1 << 16], out_bytes[1 << 17];
};

static int more(struct source *source) {
    source->out.pos = source->taken = 0;
    while (source->out.pos == 0) {
        if (source->in.pos == source->in.size) {
            size_t want = source->left < sizeof source->in_bytes ? source->left : sizeof source->in_bytes;
            ssize_t got = want ? read(source->fd, source->in_bytes, want) : 0;
            if (got <= 0) return -1;
            sha256_add(&source->hash, source->in_bytes, (size_t)got);
            source->left -= (uint64_t)got;
            source->in.size = (size_t)got, source->in.pos = 0;
        }
        if (ZSTD_isError(ZSTD_decompressStream(source->stream, &source->out, &source->in))) return -1;
    }
    return 0;
}

/* Hand the next bytes of the payload to `fd`, or to `into` where that is -1. -1: the payload is damaged, -2: errno. */
static int take(struct source *source, int fd, char *into, size_t bytes) {
    while (bytes) {
        if (source->taken == source->out.pos && more(source)) return -1;
        size_t part = source->out.pos - source->taken < bytes ? source->out.pos - source->taken : bytes;
        if (fd < 0) {
            memcpy(into, source->out_bytes + source->taken, part);
            into += part;
        } else {
            ssize_t written = write(fd, source->out_bytes + source->taken, part);
            if (written < 0) return -2;
            part = (size_t)written;
        }
        source->taken += part, bytes -= part;
    }
    return 0;
}

static int unpack_entry(struct source *source, int folder, const struct entry *entry, const char *path) {
    if (entry->kind == 'd') return mkdirat(folder, path, 0755) ? -2 : 0;
    if (entry->kind == 'l') {
        char target[PATH_MAX] = "";
        if (entry->bytes >= sizeof target || take(source, -1, target, entry->bytes)) return -1;
        return symlinkat(target, folder, path) ? -2 : 0;
    }
    int fd = openat(folder, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, entry->kind == 'x' ? 0755 : 0644);
    if (fd < 0) return -2;
    int failed = take(source, fd, NULL, entry->bytes);
    if (close(fd) && !failed) failed = -2;
    return failed;
}

static int unpack_entries(struct source *source, int folder) {
    struct entry entry;
    char path[PATH_MAX];
    for (;;) {
        if (take(source, -1, (char *)&entry, sizeof entry)) return -1;
        if (entry.kind == 'e') return 0;
        if (entry.path_bytes >= sizeof path || take(source, -1, path, entry.path_bytes)) return -1;
        path[entry.path_bytes] = 0;
        int failed = unpack_entry(source, folder, &entry, path);
        if (failed) return failed;
    }
}

/* Hash what stands before the payload, and leave the file at its beginning. */
static void hash_stub(const struct self *self, struct source *source) {
    lseek(self->fd, 0, SEEK_SET);
    for (uint64_t left = self->trailer.payload_at; left;) {
        ssize_t got = read(self->fd, source->in_bytes, left < sizeof source->in_bytes ? left : sizeof source->in_bytes);
        if (got <= 0) damaged();
        sha256_add(&source->hash, source->in_bytes, (size_t)got);
        left -= (uint64_t)got;
    }
}

/* Unpack into the open folder. Memory: the window of the frame (8 MB) and the buffers. 0, -1 or -2 as for `take`. */
static int unpack(const struct self *self, int folder) {
    uint8_t found[SHA256_BYTES];
    struct source *source = calloc(1, sizeof *source);
    if (!source || !(source->stream = ZSTD_createDStream())) refuse("There is not enough memory.");
    source->fd = self->fd, source->left = self->trailer.payload_bytes;
    source->in.src = source->in_bytes;
    source->out.dst = source->out_bytes, source->out.size = sizeof source->out_bytes;
    sha256_begin(&source->hash);
    hash_stub(self, source);
    int failed = unpack_entries(source, folder);
    /* What comes after the last entry is nothing but the end of the frame, yet part of what the SHA-256 is of. */
    while (!failed && source->left)
        if (more(source) && source->left) failed = -1;
    sha256_add(&source->hash, self->index, self->trailer.index_bytes);
    sha256_end(&source->hash, found);
    if (!failed && memcmp(found, self->trailer.sha256, sizeof found)) failed = -1;
    ZSTD_freeDStream(source->stream);
    free(source);
    return failed;
}
