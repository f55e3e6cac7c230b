/* A process that sleeps where no signal wakes it, as long as its child lives that it shares its memory with (vfork(2)). */
#include <unistd.h>

int main(void)
{
	if (write(STDOUT_FILENO, "waits\n", 6) != 6)
		return 1;
	if (vfork() == 0) {
		sleep(1000);
		_exit(0);
	}
	return 0;
}
