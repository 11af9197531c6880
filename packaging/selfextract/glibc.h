/* The C library of this system: whether it is new enough for the program inside. Part of stub.c. */

/* Where programs say that the loader of the C library lies, on every system that has this library (its ABI). */
#if defined __x86_64__
#define LOADER "/lib64/ld-linux-x86-64.so.2"
#elif defined __aarch64__
#define LOADER "/lib/ld-linux-aarch64.so.1"
#else
#define LOADER "/"
#endif

static int glibc_of(const char *path, unsigned *major, unsigned *minor) {
    int found = 0, fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    if (fd < 0) return 0;
    if (!fstat(fd, &status) && status.st_size > 0) {
        char *text = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (text != MAP_FAILED) {
            /* What the library prints when it is run: "GNU C Library (...) stable release version 2.36." */
            char *banner = memmem(text, (size_t)status.st_size, "GNU C Library (", 15), line[200] = "";
            if (banner) strncpy(line, banner, sizeof line - 1);
            char *number = strstr(line, "release version ");
            found = number && sscanf(number + 16, "%u.%u", major, minor) == 2;
            munmap(text, (size_t)status.st_size);
        }
    }
    close(fd);
    return found;
}

static void check_glibc(const struct trailer *trailer) {
    static const char *const usual[] = {"/lib64", "/usr/lib64", "/usr/lib", "/lib"};
    struct utsname system;
    char path[sizeof system.machine + 40];
    unsigned major = 0, minor = 0;
    if (access(LOADER, F_OK))
        refuse("This system has another C library than glibc, of which %u.%u or newer is needed. "
               "Run the chat from its sources.",
               trailer->glibc_major, trailer->glibc_minor);
    uname(&system);
    snprintf(path, sizeof path, "/lib/%s-linux-gnu/libc.so.6", system.machine);
    int found = glibc_of(path, &major, &minor);
    for (size_t i = 0; !found && i < sizeof usual / sizeof *usual; i++) {
        snprintf(path, sizeof path, "%s/libc.so.6", usual[i]);
        found = glibc_of(path, &major, &minor);
    }
    /* One that hides is left to the loader. */
    if (found && (major < trailer->glibc_major || (major == trailer->glibc_major && minor < trailer->glibc_minor)))
        refuse("This system is too old: it has the C library (glibc) %u.%u, and %u.%u or newer is needed. "
               "Use a newer system, or run the chat from its sources.",
               major, minor, trailer->glibc_major, trailer->glibc_minor);
}
