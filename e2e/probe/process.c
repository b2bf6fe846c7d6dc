/* Other processes, the memory of this one, and the kernel interfaces that exploits start from. */
#include "probe.h"

#include <dirent.h>
#include <linux/bpf.h>
#include <linux/kcmp.h>
#include <linux/perf_event.h>
#include <linux/userfaultfd.h>
#include <signal.h>
#include <sys/fanotify.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/ptrace.h>
#include <sys/shm.h>
#include <sys/uio.h>
#include <sys/wait.h>
#ifdef __x86_64__
#include <asm/ldt.h>
#include <sys/io.h>
#endif

#ifndef UFFD_USER_MODE_ONLY
#define UFFD_USER_MODE_ONLY 1
#endif

/* An app that is process 1 of a process namespace of its own has no other process 1 to attack. */
static bool is_own_init(void) { return settings.main_pid == 1; }

static bool is_traced(pid_t pid) {
    char path[64], line[256];
    int tracer = 0;
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    FILE *status = fopen(path, "re");
    if (!status)
        return false;
    while (fgets(line, sizeof line, status) && sscanf(line, "TracerPid: %d", &tracer) != 1)
        ;
    fclose(status);
    return tracer != 0;
}

/*
 * Seizing does not stop the target, and the end of this child lets it go. A process has one tracer: where several
 * probes run at once, one that comes second waits for its turn, or it would take a race for a wall.
 */
static struct verdict trace(pid_t pid) {
    for (int tries = 0;; tries++) {
        if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) == 0)
            return opened();
        int error = errno;
        if (error != EPERM || tries == 100 || (tries > 0 && !is_traced(pid))) {
            errno = error;
            return judge(-1);
        }
        usleep(10000);
    }
}

static struct verdict trace_child(const struct attempt *self) {
    (void)self;
    pid_t child = fork();
    if (child == 0) {
        pause();
        _exit(0);
    }
    struct verdict verdict = trace(child);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    return verdict;
}

static struct verdict trace_init(const struct attempt *self) {
    (void)self;
    return is_own_init() ? absent(0) : trace(1);
}

static struct verdict trace_me(const struct attempt *self) {
    (void)self;
    return judge(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static struct verdict read_memory(pid_t pid, bool write) {
    static char here[8], there[8];
    struct iovec local = {here, sizeof here}, remote = {there, sizeof there};
    long rc = write ? process_vm_writev(pid, &local, 1, &remote, 1, 0) : process_vm_readv(pid, &local, 1, &remote, 1, 0);
    return passed(rc, EFAULT, EFAULT);
}

static struct verdict read_init(const struct attempt *self) {
    (void)self;
    return is_own_init() ? absent(0) : read_memory(1, false);
}

static struct verdict read_parent(const struct attempt *self) { return read_memory(getppid(), self->number != 0); }

static struct verdict signal_init(const struct attempt *self) {
    (void)self;
    return is_own_init() ? absent(0) : judge(kill(1, 0));
}

/* Processes of the same session are the app's own. */
static struct verdict see_others(const struct attempt *self) {
    (void)self;
    DIR *proc = opendir("/proc");
    if (!proc)
        return failed(errno);
    for (struct dirent *entry; (entry = readdir(proc));) {
        int pid = atoi(entry->d_name);
        if (pid > 0 && pid != settings.main_pid && pid != getpid() && getsid(pid) != getsid(0))
            return opened();
    }
    return denied(0);
}

static struct verdict take_descriptor(const struct attempt *self) {
    (void)self;
    int pidfd = (int)syscall(SYS_pidfd_open, getppid(), 0);
    return pidfd < 0 ? failed(errno) : judge(syscall(SYS_pidfd_getfd, pidfd, 0, 0));
}

static struct verdict compare_processes(const struct attempt *self) {
    (void)self;
    return judge(syscall(SYS_kcmp, getpid(), getppid(), KCMP_FILES, 0, 0));
}

#define P "processes"
static const struct attempt process_attempts[] = {
    {"see-processes", P, "see processes of others in /proc", false, see_others, 0, 0},
    {"proc-init-environ", P, "read the environment of process 1", false, open_path, "/proc/1/environ", O_RDONLY},
    {"proc-init-mem", P, "open the memory of process 1", false, open_path, "/proc/1/mem", O_RDWR},
    {"proc-init-root", P, "walk through /proc/1/root", false, open_path, "/proc/1/root/", O_RDONLY | O_DIRECTORY},
    {"ptrace-child", P, "trace an own child", false, trace_child, 0, 0},
    {"ptrace-me", P, "let oneself be traced", false, trace_me, 0, 0},
    {"ptrace-init", P, "trace process 1", false, trace_init, 0, 0},
    {"vm-read-init", P, "read the memory of process 1", false, read_init, 0, 0},
    {"vm-read-parent", P, "read the memory of the parent process", false, read_parent, 0, 0},
    {"vm-write-parent", P, "write the memory of the parent process", false, read_parent, 0, 1},
    {"kill-init", P, "send signals to process 1", false, signal_init, 0, 0},
    {"pidfd-getfd", P, "take a descriptor out of another process", false, take_descriptor, 0, 0},
    {"kcmp", P, "compare kernel objects of two processes", false, compare_processes, 0, 0},
};
GROUP(process_group, process_attempts);

static struct verdict map_rwx(const struct attempt *self) {
    (void)self;
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return page == MAP_FAILED ? failed(errno) : opened();
}

static struct verdict write_then_execute(const struct attempt *self) {
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        return failed(errno);
#ifdef SYS_pkey_mprotect
    if (self->number)
        return judge(syscall(SYS_pkey_mprotect, page, 4096, PROT_READ | PROT_EXEC, -1));
#endif
    return judge(mprotect(page, 4096, PROT_READ | PROT_EXEC));
}

static struct verdict map_file_executable(int fd) {
    if (fd < 0)
        return failed(errno);
    if (ftruncate(fd, 4096) < 0)
        return failed(errno);
    void *page = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0);
    return page == MAP_FAILED ? failed(errno) : opened();
}

static struct verdict map_scratch_executable(const struct attempt *self) {
    char path[64];
    scratch_path(path, sizeof path, self->arg, ".map");
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
    struct verdict verdict = map_file_executable(fd);
    unlink(path);
    return verdict;
}

static struct verdict map_memfd_executable(const struct attempt *self) {
    (void)self;
    return map_file_executable(memfd_create("sandbar-probe", MFD_CLOEXEC));
}

static struct verdict attach_executable(const struct attempt *self) {
    (void)self;
    int id = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0700);
    if (id < 0)
        return failed(errno);
    void *page = shmat(id, NULL, SHM_EXEC);
    int err = errno;
    shmctl(id, IPC_RMID, NULL);
    return page == (void *)-1 ? failed(err) : opened();
}

/* One memory at two addresses: one is executed, the other written, and neither is ever both. */
static struct verdict execute_by_alias(const struct attempt *self) {
    (void)self;
    char *code = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (code == MAP_FAILED)
        return failed(errno);
    char *alias = mremap(code, 0, 4096, MREMAP_MAYMOVE);
    if (alias == MAP_FAILED || mprotect(alias, 4096, PROT_READ | PROT_WRITE) < 0)
        return failed(errno);
    alias[0] = 'x';
    return code[0] == 'x' ? opened() : denied(0);
}

static struct verdict attach_twice(const struct attempt *self) {
    (void)self;
    int id = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0700);
    if (id < 0)
        return failed(errno);
    char *alias = shmat(id, NULL, 0);
    char *code = shmat(id, NULL, SHM_RDONLY | SHM_EXEC);
    int err = errno;
    shmctl(id, IPC_RMID, NULL);
    if (alias == (char *)-1 || code == (char *)-1)
        return failed(err);
    alias[0] = 'x';
    return code[0] == 'x' ? opened() : denied(0);
}

/* Its own code, written over with itself. */
static struct verdict write_own_code(const struct attempt *self) {
    (void)self;
    const char *code = (const char *)(uintptr_t)write_own_code;
    char first = *code;
    int fd = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return failed(errno);
    return pwrite(fd, &first, 1, (off_t)(uintptr_t)code) == 1 ? opened() : failed(errno);
}

static struct verdict change_personality(const struct attempt *self) {
    return judge(personality((unsigned long)self->number));
}

#define M "memory"
static const struct attempt memory_attempts[] = {
    {"mmap-rwx", M, "map memory writable and executable", false, map_rwx, 0, 0},
    {"mprotect-exec", M, "make written memory executable", false, write_then_execute, 0, 0},
    {"pkey-mprotect-exec", M, "make written memory executable by pkey_mprotect", false, write_then_execute, 0, 1},
    {"map-exec-tmp", M, "map a written file of /tmp executable", false, map_scratch_executable, "/tmp", 0},
    {"map-exec-shm", M, "map a written file of /dev/shm executable", false, map_scratch_executable, "/dev/shm", 0},
    {"map-exec-memfd", M, "map a written memory file executable", false, map_memfd_executable, 0, 0},
    {"shmat-exec", M, "attach shared memory executable", false, attach_executable, 0, 0},
    {"alias-exec", M, "execute memory that is written at another address", true, execute_by_alias, 0, 0},
    {"shmat-twice-exec", M, "execute shared memory that is written at another address", true, attach_twice, 0, 0},
    {"proc-self-mem", M, "write over own code in /proc/self/mem", true, write_own_code, 0, 0},
    {"personality-read-exec", M, "make all readable memory executable (personality)", false, change_personality, 0,
     READ_IMPLIES_EXEC},
    {"personality-no-random", M, "turn off address randomisation (personality)", false, change_personality, 0,
     ADDR_NO_RANDOMIZE},
};
GROUP(memory_group, memory_attempts);

static struct verdict bpf_map(const struct attempt *self) {
    (void)self;
    union bpf_attr attr = {0};
    attr.map_type = BPF_MAP_TYPE_ARRAY;
    attr.key_size = 4;
    attr.value_size = 4;
    attr.max_entries = 1;
    return judge(syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof attr));
}

static struct verdict perf(const struct attempt *self) {
    struct perf_event_attr attr = {.type = PERF_TYPE_SOFTWARE,
                                   .size = sizeof attr,
                                   .config = PERF_COUNT_SW_CPU_CLOCK,
                                   .disabled = 1,
                                   .exclude_kernel = 1};
    bool everything = self->number != 0;
    return judge(syscall(SYS_perf_event_open, &attr, everything ? -1 : 0, everything ? 0 : -1, -1, 0));
}

static struct verdict fault_handler(const struct attempt *self) {
    (void)self;
    return judge(syscall(SYS_userfaultfd, UFFD_USER_MODE_ONLY | O_CLOEXEC));
}

static struct verdict watch_files(const struct attempt *self) {
    (void)self;
    return judge(fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC, O_RDONLY));
}

/* The handle is made up when the first call is refused: ESTALE then still tells that the second is open. */
static struct verdict open_by_handle(const struct attempt *self) {
    struct {
        struct file_handle head;
        unsigned char bytes[MAX_HANDLE_SZ];
    } handle = {.head.handle_bytes = MAX_HANDLE_SZ};
    int mount_id;
    int rc = name_to_handle_at(AT_FDCWD, "/", &handle.head, &mount_id, 0);
    if (self->number == 0)
        return judge(rc);
    if (rc < 0) {
        handle.head.handle_bytes = 8;
        handle.head.handle_type = 1;
    }
    int root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return passed(open_by_handle_at(root, &handle.head, O_RDONLY), ESTALE, EOPNOTSUPP);
}

static struct verdict add_key(const struct attempt *self) {
    (void)self;
    return judge(syscall(SYS_add_key, "user", "sandbar-probe", "x", 1UL, -2 /* own process keyring */));
}

static struct verdict find_keyring(const struct attempt *self) {
    (void)self;
    return passed(syscall(SYS_keyctl, 0 /* KEYCTL_GET_KEYRING_ID */, -3 /* session */, 0, 0, 0), ENOKEY, ENOKEY);
}

static struct verdict request_key(const struct attempt *self) {
    (void)self;
    return passed(syscall(SYS_request_key, "user", "sandbar-probe-none", NULL, 0), ENOKEY, ENOKEY);
}

static struct verdict hang_up(const struct attempt *self) {
    (void)self;
    pid_t child = fork(); /* a new session first: there is no terminal then that could be lost */
    if (child == 0) {
        setsid();
        _exit(vhangup() == 0 ? 0 : errno);
    }
    int status = 0;
    waitpid(child, &status, 0);
    if (!WIFEXITED(status))
        return (struct verdict){OUTCOME_KILLED, WTERMSIG(status)};
    return WEXITSTATUS(status) == 0 ? opened() : failed(WEXITSTATUS(status));
}

/* Every attempt is listed on every architecture, so that a list that is complete is the same everywhere. */
#define NO_CALL (-1)
#ifdef SYS_sysfs
#define CALL_SYSFS SYS_sysfs
#else
#define CALL_SYSFS NO_CALL
#endif
#ifdef SYS_uselib
#define CALL_USELIB SYS_uselib
#else
#define CALL_USELIB NO_CALL
#endif
#ifdef SYS_nfsservctl
#define CALL_NFSSERVCTL SYS_nfsservctl
#else
#define CALL_NFSSERVCTL NO_CALL
#endif
#ifdef SYS__sysctl
#define CALL_SYSCTL SYS__sysctl
#else
#define CALL_SYSCTL NO_CALL
#endif

/* Obsolete calls that should not even be reached; number is the call, the arguments are empty. */
static struct verdict obsolete(const struct attempt *self) {
    if (self->number == NO_CALL)
        return absent(ENOSYS);
    return passed(syscall(self->number, 0, 0, 0), EFAULT, EINVAL);
}

#ifdef __x86_64__
static struct verdict local_descriptors(const struct attempt *self) {
    (void)self;
    char table[LDT_ENTRY_SIZE];
    return judge(syscall(SYS_modify_ldt, 0, table, sizeof table));
}

static struct verdict io_port(const struct attempt *self) {
    (void)self;
    return judge(ioperm(0x80, 1, 1));
}

static struct verdict io_level(const struct attempt *self) {
    (void)self;
    return judge(iopl(3));
}

/* The call numbers of 32-bit programs: 359 is socket. A kernel without them answers with SIGSEGV. */
static void no_32_bit(int signal) {
    (void)signal;
    _exit(EXIT_EXEC_DENIED);
}

static struct verdict socket_int80(const struct attempt *self) {
    (void)self;
    signal(SIGSEGV, no_32_bit);
    long rc;
    __asm__ volatile("int $0x80"
                     : "=a"(rc)
                     : "a"(359L), "b"(2L), "c"(1L), "d"(0L)
                     : "memory", "r8", "r9", "r10", "r11");
    int value = (int)rc;
    return value >= 0 ? opened() : failed(-value);
}

static struct verdict socket_x32(const struct attempt *self) {
    (void)self;
    return judge(syscall(0x40000000 | SYS_socket, 2, 1, 0));
}
#else
static struct verdict elsewhere(const struct attempt *self) {
    (void)self;
    return absent(ENOSYS);
}
#define local_descriptors elsewhere
#define io_port elsewhere
#define io_level elsewhere
#define socket_int80 elsewhere
#define socket_x32 elsewhere
#endif

#define A "interfaces"
static const struct attempt abi_attempts[] = {
    {"bpf", A, "make a BPF map", false, bpf_map, 0, 0},
    {"perf-own", A, "count events of the own process", false, perf, 0, 0},
    {"perf-all", A, "count events of the whole machine", false, perf, 0, 1},
    {"userfaultfd", A, "handle page faults (userfaultfd)", false, fault_handler, 0, 0},
    {"fanotify", A, "watch all files of the machine", false, watch_files, 0, 0},
    {"name-to-handle", A, "get a file handle", false, open_by_handle, 0, 0},
    {"open-by-handle", A, "open a file by handle, past the folders", false, open_by_handle, 0, 1},
    {"add-key", A, "add a key to the kernel keyring", false, add_key, 0, 0},
    {"keyctl", A, "find the session keyring", false, find_keyring, 0, 0},
    {"request-key", A, "ask for a kernel key", false, request_key, 0, 0},
    {"vhangup", A, "hang up the terminal", false, hang_up, 0, 0},
    {"sysfs-call", A, "reach the obsolete call sysfs", false, obsolete, 0, CALL_SYSFS},
    {"uselib", A, "reach the obsolete call uselib", false, obsolete, 0, CALL_USELIB},
    {"nfsservctl", A, "reach the obsolete call nfsservctl", false, obsolete, 0, CALL_NFSSERVCTL},
    {"sysctl-call", A, "reach the obsolete call _sysctl", false, obsolete, 0, CALL_SYSCTL},
    {"modify-ldt", A, "read the local descriptor table", false, local_descriptors, 0, 0},
    {"ioperm", A, "get access to an I/O port", false, io_port, 0, 0},
    {"iopl", A, "raise the I/O level", false, io_level, 0, 0},
    {"socket-int80", A, "make a socket by the 32-bit interface", false, socket_int80, 0, 0},
    {"socket-x32", A, "make a socket by the x32 interface", false, socket_x32, 0, 0},
};
GROUP(abi_group, abi_attempts);
