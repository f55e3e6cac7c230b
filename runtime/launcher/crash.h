/*
 * Places at which a test kills the launcher. Only a build with `--crash-points` has them: there a process that comes by a
 * point whose name is a file in `crash/` of the run directory removes that file and is killed.
 * runtime/engine/system/crash-points.ts lists them all.
 */
#ifndef BERTH_CRASH_H
#define BERTH_CRASH_H

#ifdef BERTH_CRASH_POINTS
void crash_points_open(const char *run_dir);
void crash_point(const char *name);
#else
static inline void crash_points_open(const char *run_dir)
{
	(void)run_dir;
}
static inline void crash_point(const char *name)
{
	(void)name;
}
#endif

#endif
