/*
 * Stands where a program of another processor was linked, and has an emulator run it: EMULATOR -0 NAME PROGRAM
 * ARGUMENT... (qemu-user). Compiled for each program, with -DEMULATOR="..." and -DPROGRAM="..."; linked statically,
 * since what users preload is for the program behind it. The kernel's binfmt_misc would do the same, but is a setting
 * of the whole machine.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The loader's variables are the program's business: the emulator gets them as options. */
static const char *const loader_variables[] = {"LD_PRELOAD", "LD_LIBRARY_PATH", "LD_DEBUG"};
enum { VARIABLES = sizeof loader_variables / sizeof *loader_variables };

static char *join_setting(const char *name, const char *value)
{
    size_t length = strlen(name) + strlen(value) + 2;
    char *setting = malloc(length);
    if (setting != NULL)
        snprintf(setting, length, "%s=%s", name, value);
    return setting;
}

static size_t move_variables(char **arguments)
{
    size_t count = 0;
    for (size_t i = 0; i < VARIABLES; i++) {
        const char *value = getenv(loader_variables[i]);
        if (value == NULL)
            continue;
        arguments[count++] = "-E";
        arguments[count++] = join_setting(loader_variables[i], value);
        unsetenv(loader_variables[i]);
    }
    return count;
}

int main(int argc, char **argv)
{
    char **arguments = calloc((size_t)argc + 2 * VARIABLES + 5, sizeof *arguments);
    if (arguments == NULL)
        return 126;
    size_t count = 0;
    arguments[count++] = EMULATOR;
    count += move_variables(arguments + count);
    arguments[count++] = "-0";
    arguments[count++] = argc > 0 ? argv[0] : PROGRAM;
    arguments[count++] = PROGRAM;
    for (int i = 1; i < argc; i++)
        arguments[count++] = argv[i];
    execvp(arguments[0], arguments);
    fprintf(stderr, "%s: cannot be started: ", EMULATOR);
    perror(NULL);
    return 126;
}
