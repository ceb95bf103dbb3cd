#include "process.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fail.h"

/* The file's text, cut to `size`; false when there is no such file. */
static int read_file(const char *path, char *text, size_t size)
{
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return 0;
    text[fread(text, 1, size - 1, file)] = 0;
    fclose(file);
    return 1;
}

/* The number behind `label`; 0 when the label is missing. */
static uint64_t number_after(const char *text, const char *label)
{
    const char *found = strstr(text, label);
    return found ? strtoull(found + strlen(label), NULL, 10) : 0;
}

/* False when the thread has just ended. */
static int read_thread(thread_use *use, int pid, int id)
{
    char path[64], text[4096];
    snprintf(path, sizeof path, "/proc/%d/task/%d/schedstat", pid, id);
    if (!read_file(path, text, sizeof text))
        return 0;
    *use = (thread_use){.id = id, .cpu = strtoull(text, NULL, 10)};
    snprintf(path, sizeof path, "/proc/%d/task/%d/status", pid, id);
    if (!read_file(path, text, sizeof text))
        return 0;
    use->waited = number_after(text, "\nvoluntary_ctxt_switches:");
    use->preempted = number_after(text, "\nnonvoluntary_ctxt_switches:");
    sscanf(text, "Name: %15[^\n]", use->name);
    return 1;
}

static uint64_t read_resident(int pid)
{
    char path[64], text[4096];
    snprintf(path, sizeof path, "/proc/%d/smaps_rollup", pid);
    if (!read_file(path, text, sizeof text))
        fail_system("the server's memory in /proc");
    return 1024 * number_after(text, "\nRss:");
}

void process_read(process_use *use, int pid)
{
    char path[64];
    use->count = 0;
    if (pid == 0)
        return;
    snprintf(path, sizeof path, "/proc/%d/task", pid);
    DIR *folder = opendir(path);
    if (folder == NULL)
        fail_system("the server's process (--pid)");
    for (struct dirent *entry = readdir(folder); entry && use->count < PROCESS_THREADS;
         entry = readdir(folder))
        if (entry->d_name[0] != '.')
            use->count += (unsigned)read_thread(&use->threads[use->count], pid, atoi(entry->d_name));
    closedir(folder);
    use->resident = read_resident(pid);
}

static const thread_use *thread_in(const process_use *use, int id)
{
    for (unsigned i = 0; i < use->count; i++)
        if (use->threads[i].id == id)
            return &use->threads[i];
    return NULL;
}

void process_since(process_use *use, const process_use *before)
{
    for (unsigned i = 0; i < use->count; i++) {
        thread_use *now = &use->threads[i];
        const thread_use *then = thread_in(before, now->id);
        if (then == NULL)
            continue;
        now->cpu -= then->cpu;
        now->waited -= then->waited;
        now->preempted -= then->preempted;
    }
}

thread_use process_total(const process_use *use)
{
    thread_use total = {.name = "all"};
    for (unsigned i = 0; i < use->count; i++) {
        total.cpu += use->threads[i].cpu;
        total.waited += use->threads[i].waited;
        total.preempted += use->threads[i].preempted;
    }
    return total;
}
