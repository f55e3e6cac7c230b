#include "sysctl.h"

#include "paths.h"

#include <linux/magic.h>

int write_sysctls(int proc, const struct sysctls *sysctls, struct error *error)
{
	for (uint32_t i = 0; i < sysctls->count; i++) {
		const struct sysctl_step *step = &sysctls->items[i];
		char path[256];
		if ((size_t)snprintf(path, sizeof path, "sys/%s", step->name) >= sizeof path)
			return fail_plain(error, FAIL_INTERNAL, "the sysctl name is too long");
		/* As sysctl(8): dots separate, and a slash stands for a dot inside a name (an interface "eth0.1"). */
		for (char *at = path + 4; *at; at++)
			*at = *at == '.' ? '/' : *at == '/' ? '.' : *at;
		autoclose int fd = sys_openat2(proc, path, O_WRONLY, 0,
					       RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS |
						       RESOLVE_NO_SYMLINKS);
		size_t size = strlen(step->value);
		if (fd < 0 || !on_filesystem(fd, PROC_SUPER_MAGIC) || write(fd, step->value, size) != (ssize_t)size)
			return fail(error, FAIL_INTERNAL, "setting sysctl %.60s to %.60s", step->name, step->value);
	}
	return 0;
}
