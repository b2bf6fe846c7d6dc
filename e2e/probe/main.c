/*
 * Sandbar attack probe: runs inside an app's sandbox, tries what an app must not be able to do and prints one JSON object
 * per attempt. Build (static, so that it runs in an empty image):
 *
 *     cd e2e/probe && gcc -static -O1 -Wall -Wextra -o probe [a-z]*.c
 *
 * See README.md beside this file for the options and the meaning of the results.
 */
#include "probe.h"

#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>

#define ATTEMPT_SECONDS 2
#define MAX_SELECTED 512

struct settings settings = {.target4 = "198.51.100.2",
                            .target6 = "2001:db8:77::2",
                            .lan4 = "192.168.77.2",
                            .lan6 = "fd77::2",
                            .abstract_name = "sandbar-probe-host",
                            .port = 80};

static const struct attempt_group *const groups[] = {
    &control_group, &posture_group, &network_group,  &port_group,   &ipc_group,    &uring_group,   &namespace_group,
    &mount_group,   &kernel_group,  &time_group,     &process_group, &memory_group, &exec_group,    &identity_group,
    &resource_group, &file_group,   &device_group,   &abi_group,    &brickerbot_group,
    &nested_group};

static const char *const outcome_names[] = {"open", "denied", "killed", "timeout", "absent"};

static int out_fd = -1;

static void emit(const char *line, size_t length) {
    if (write(STDOUT_FILENO, line, length) < 0 || (out_fd >= 0 && write(out_fd, line, length) < 0))
        perror("probe: write");
}

/* Writes text as the inside of a JSON string, with the {placeholders} of a title filled in. */
static void append_text(char *line, size_t size, const char *text) {
    char port[16];
    snprintf(port, sizeof port, "%d", settings.port);
    const struct {
        const char *name, *value;
    } fills[] = {{"{target4}", settings.target4}, {"{target6}", settings.target6}, {"{lan4}", settings.lan4},
                 {"{lan6}", settings.lan6},       {"{port}", port}};
    size_t used = strlen(line);
    while (*text && used + 2 < size) {
        bool filled = false;
        for (size_t i = 0; i < sizeof fills / sizeof fills[0] && !filled; i++) {
            if (strncmp(text, fills[i].name, strlen(fills[i].name)) == 0) {
                snprintf(line + used, size - used, "%s", fills[i].value);
                used = strlen(line);
                text += strlen(fills[i].name);
                filled = true;
            }
        }
        if (filled)
            continue;
        if (*text == '"' || *text == '\\')
            line[used++] = '\\';
        line[used++] = *text++;
        line[used] = 0;
    }
}

static const char *error_name(const struct verdict *verdict) {
    static char number[16];
    if (verdict->err == 0)
        return "";
    if (verdict->outcome == OUTCOME_KILLED) {
        const char *name = sigabbrev_np(verdict->err);
        snprintf(number, sizeof number, "SIG%s", name ? name : "?");
        return number;
    }
    const char *name = strerrorname_np(verdict->err);
    if (name)
        return name;
    snprintf(number, sizeof number, "%d", verdict->err);
    return number;
}

static void report(const struct attempt *attempt, const struct verdict *verdict) {
    char line[1024];
    snprintf(line, sizeof line, "{\"id\":\"%s\",\"group\":\"%s\",\"title\":\"", attempt->id, attempt->group);
    append_text(line, sizeof line - 128, attempt->title);
    size_t used = strlen(line);
    snprintf(line + used, sizeof line - used, "\",\"result\":\"%s\",\"errno\":\"%s\",\"harmless\":%s}\n",
             outcome_names[verdict->outcome], error_name(verdict), attempt->harmless ? "true" : "false");
    emit(line, strlen(line));
}

/* Waits for the child; after the attempt's own alarm and a second more it is killed with all it started. */
static int await_child(pid_t child, int *status) {
    sigset_t chld;
    sigemptyset(&chld);
    sigaddset(&chld, SIGCHLD);
    struct timespec end, now;
    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += ATTEMPT_SECONDS + 1;
    for (;;) {
        if (waitpid(child, status, WNOHANG) == child)
            return 0;
        clock_gettime(CLOCK_MONOTONIC, &now);
        if (now.tv_sec >= end.tv_sec) {
            kill(-child, SIGKILL);
            kill(child, SIGKILL);
            waitpid(child, status, 0);
            return -1;
        }
        const struct timespec step = {0, 200 * 1000 * 1000};
        sigtimedwait(&chld, NULL, &step);
    }
}

static struct verdict run_attempt(const struct attempt *attempt, struct verdict *shared) {
    *shared = (struct verdict){OUTCOME_DENIED, -1};
    pid_t child = fork();
    if (child < 0)
        return failed(errno);
    if (child == 0) {
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        setpgid(0, 0);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        alarm(ATTEMPT_SECONDS);
        *shared = attempt->run(attempt);
        _exit(0);
    }
    int status = 0;
    if (await_child(child, &status) < 0)
        return (struct verdict){OUTCOME_TIMEOUT, 0};
    kill(-child, SIGKILL); /* what the attempt left running in its process group */
    if (WIFSIGNALED(status)) {
        if (WTERMSIG(status) == SIGALRM)
            return (struct verdict){OUTCOME_TIMEOUT, 0};
        return (struct verdict){OUTCOME_KILLED, WTERMSIG(status)};
    }
    if (WEXITSTATUS(status) == EXIT_EXEC_OPEN)
        return opened();
    if (WEXITSTATUS(status) == EXIT_EXEC_DENIED)
        return denied(0);
    return *shared;
}

/* The far side of an attempt that executed this program again: argv[2] is the copy to remove, or "-". */
static int after_exec(int argc, char **argv) {
    if (argc > 2 && strcmp(argv[2], "-") != 0)
        unlink(argv[2]);
    if (strcmp(argv[1], "--exec-ok") == 0)
        return EXIT_EXEC_OPEN;
    return geteuid() == 0 ? EXIT_EXEC_OPEN : EXIT_EXEC_DENIED;
}

static bool listed(const char *list, const char *word) {
    size_t length = strlen(word);
    for (const char *at = list; at && *at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
        if (strncmp(at, word, length) == 0 && (at[length] == ',' || at[length] == 0))
            return true;
    return false;
}

static size_t select_attempts(const char *group, const char *only, const struct attempt **chosen) {
    size_t count = 0;
    for (size_t g = 0; g < sizeof groups / sizeof groups[0]; g++)
        for (size_t i = 0; i < groups[g]->count && count < MAX_SELECTED; i++) {
            const struct attempt *attempt = &groups[g]->attempts[i];
            if ((!group || listed(group, attempt->group)) && (!only || listed(only, attempt->id)))
                chosen[count++] = attempt;
        }
    return count;
}

static void list_attempts(const struct attempt *const *chosen, size_t count) {
    for (size_t i = 0; i < count; i++) {
        char line[1024] = "";
        append_text(line, sizeof line - 1, chosen[i]->title);
        printf("%-14s %-28s %s%s\n", chosen[i]->group, chosen[i]->id, line, chosen[i]->harmless ? " (harmless)" : "");
    }
    printf("%zu attempts\n", count);
}

static int run_all(const struct attempt *const *chosen, size_t count) {
    struct verdict *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) {
        perror("probe: mmap");
        return -1;
    }
    int totals[5] = {0}, open_harmful = 0, controls_failed = 0;
    for (size_t i = 0; i < count; i++) {
        struct verdict verdict = run_attempt(chosen[i], shared);
        totals[verdict.outcome]++;
        if (verdict.outcome == OUTCOME_OPEN && !chosen[i]->harmless)
            open_harmful++;
        if (verdict.outcome != OUTCOME_OPEN && strcmp(chosen[i]->group, "control") == 0)
            controls_failed++;
        report(chosen[i], &verdict);
    }
    struct utsname kernel = {0};
    uname(&kernel);
    char line[512];
    snprintf(line, sizeof line,
             "{\"summary\":true,\"attempts\":%zu,\"open\":%d,\"denied\":%d,\"killed\":%d,\"timeout\":%d,\"absent\":%d,"
             "\"openHarmful\":%d,\"controlsFailed\":%d,\"uid\":%d,\"kernel\":\"%s\",\"machine\":\"%s\"}\n",
             count, totals[0], totals[1], totals[2], totals[3], totals[4], open_harmful, controls_failed, (int)getuid(),
             kernel.release, kernel.machine);
    emit(line, strlen(line));
    return open_harmful + controls_failed;
}

/* Stays alive until told to stop, so that the probe can stand in for an app. */
static void hold(void) {
    sigset_t stop;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    sigaddset(&stop, SIGINT);
    int signal = 0;
    sigwait(&stop, &signal);
}

static int open_report(const char *name) {
    char path[PATH_MAX];
    const char *state = getenv("STATE_DIRECTORY");
    if (name[0] == '/' || !state)
        snprintf(path, sizeof path, "%s", name);
    else
        snprintf(path, sizeof path, "%s/%s", state, name);
    return open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
}

static const char usage[] =
    "usage: probe [--group G,..] [--only ID,..] [--target4 IP] [--target6 IP] [--lan4 IP] [--lan6 IP] [--port N]\n"
    "             [--abstract NAME] [--out FILE] [--strict] [--hold] [--list]\n"
    "One JSON object per attempt on standard output (and in FILE, relative to $STATE_DIRECTORY), a summary last.\n"
    "--strict: exit 1 when an attempt that is not harmless is open, or a control fails. --hold: stay until SIGTERM.\n";

int main(int argc, char **argv) {
    if (argc > 1 && (strcmp(argv[1], "--exec-ok") == 0 || strcmp(argv[1], "--exec-euid") == 0))
        return after_exec(argc, argv);

    static const struct option options[] = {
        {"group", required_argument, 0, 'g'},   {"only", required_argument, 0, 'i'}, {"target4", required_argument, 0, '4'},
        {"target6", required_argument, 0, '6'}, {"lan4", required_argument, 0, 'l'}, {"lan6", required_argument, 0, 'L'},
        {"port", required_argument, 0, 'p'},    {"out", required_argument, 0, 'o'},  {"abstract", required_argument, 0, 'a'},
        {"hold", no_argument, 0, 'h'},          {"list", no_argument, 0, 't'},       {"strict", no_argument, 0, 's'},
        {0, 0, 0, 0}};
    const char *group = NULL, *only = NULL, *out = NULL;
    bool holding = false, listing = false, strict = false;
    for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (c) {
        case 'g': group = optarg; break;
        case 'i': only = optarg; break;
        case '4': settings.target4 = optarg; break;
        case '6': settings.target6 = optarg; break;
        case 'l': settings.lan4 = optarg; break;
        case 'L': settings.lan6 = optarg; break;
        case 'p': settings.port = atoi(optarg); break;
        case 'a': settings.abstract_name = optarg; break;
        case 'o': out = optarg; break;
        case 'h': holding = true; break;
        case 't': listing = true; break;
        case 's': strict = true; break;
        default: fputs(usage, stderr); return 2;
        }
    }
    const struct attempt *chosen[MAX_SELECTED];
    size_t count = select_attempts(group, only, chosen);
    if (optind != argc || count == 0) {
        fputs(optind != argc ? usage : "probe: no attempt of that group or name; see --list\n", stderr);
        return 2;
    }
    if (listing) {
        list_attempts(chosen, count);
        return 0;
    }
    static char self_path[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", self_path, sizeof self_path - 1);
    settings.self_path = length > 0 ? self_path : argv[0];
    settings.main_pid = getpid();
    if (out && (out_fd = open_report(out)) < 0) {
        fprintf(stderr, "probe: cannot write %s: %s\n", out, strerror(errno));
        return 2;
    }
    /* Blocked from the start: SIGCHLD is waited for, and SIGTERM during the attempts ends --hold at once. */
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGCHLD);
    if (holding) {
        sigaddset(&blocked, SIGTERM);
        sigaddset(&blocked, SIGINT);
    }
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    int wrong = run_all(chosen, count);
    if (holding)
        hold();
    return wrong < 0 ? 2 : (strict && wrong > 0);
}
