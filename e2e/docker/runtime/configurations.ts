/**
 * Options of `docker run` under which our runtime and another one are compared. Words in capitals stand for what the
 * test has made: SCRATCH, a directory of the host with `directory/` and `file`; DONOR, a running container with
 * shareable namespaces; NETWORK and VOLUME; SECCOMP-*, profiles. One line is one configuration.
 */
const TABLE = `

--user app
--user 1000
--user 1000:2000
--user app:extra
--user 0:2000
--user 12345
--user 12345:54321
--group-add 2000
--user app --group-add extra --group-add 3000
--user app --workdir /home/app

--cap-drop ALL
--cap-drop ALL --cap-add CHOWN
--cap-drop NET_RAW --cap-drop MKNOD
--cap-add SYS_ADMIN
--cap-add NET_ADMIN
--cap-add SYS_PTRACE
--cap-add SYS_TIME --cap-add SYS_NICE
--cap-add BPF --cap-add PERFMON --cap-add SYSLOG
--cap-add ALL
--cap-add ALL --cap-drop SYS_ADMIN
--user app --cap-add SYS_ADMIN
--user app --cap-drop ALL
--cap-add SYS_BOOT --cap-add SYS_MODULE

--security-opt no-new-privileges
--security-opt no-new-privileges --user app
--security-opt no-new-privileges --cap-add SYS_ADMIN
--security-opt seccomp=unconfined
--security-opt seccomp=unconfined --cap-drop ALL
--security-opt seccomp=SECCOMP-FEW
--security-opt seccomp=SECCOMP-ARGUMENTS
--security-opt seccomp=SECCOMP-ERRNO --user app
--security-opt systempaths=unconfined
--security-opt apparmor=unconfined
--privileged
--privileged --user app
--privileged --read-only
--privileged --cap-drop SYS_ADMIN
--privileged --pid host

--ulimit nofile=100:200
--ulimit nproc=64 --ulimit core=0
--ulimit stack=1048576:2097152 --ulimit nofile=64
--ulimit cpu=100:200 --ulimit fsize=1048576
--oom-score-adj 500
--oom-score-adj 1000
--memory 64m
--memory 64m --memory-swap 128m
--memory 64m --memory-swap -1
--memory 64m --memory-reservation 32m
--memory 128m --oom-kill-disable
--cpus 0.5
--cpu-shares 512
--cpu-period 50000 --cpu-quota 25000
--cpuset-cpus 0
--cpuset-cpus 0 --cpuset-mems 0
--pids-limit 50
--memory 64m --cpus 1 --pids-limit 100 --cpu-shares 256

--network none
--network host
--network NETWORK
--network NETWORK --ip 10.213.0.77
--network container:DONOR
--pid host
--pid container:DONOR
--ipc host
--ipc none
--ipc private
--ipc shareable
--ipc container:DONOR
--uts host
--cgroupns host
--cgroupns private
--network container:DONOR --ipc container:DONOR --pid container:DONOR
--network none --ipc none --pid host --uts host

--volume SCRATCH/directory:/data
--volume SCRATCH/directory:/data:ro
--volume SCRATCH/file:/etc/extra:ro
--volume SCRATCH/directory:/data:rslave
--volume SCRATCH/directory:/deep/down/data
--volume SCRATCH/directory:/data --volume SCRATCH/file:/data/file:ro
--volume VOLUME:/data
--volume VOLUME:/data:ro
--volume VOLUME:/home/app
--volume /data
--mount type=bind,source=SCRATCH/directory,target=/data,readonly
--mount type=bind,source=SCRATCH/directory,target=/data,bind-nonrecursive
--mount type=tmpfs,target=/data,tmpfs-size=1048576,tmpfs-mode=700
--tmpfs /data:size=64k,mode=1777,noexec
--tmpfs /tmp --tmpfs /run:exec
--volumes-from DONOR
--shm-size 1m
--read-only
--read-only --tmpfs /tmp
--read-only --volume SCRATCH/directory:/data --user app

--device /dev/zero:/dev/mine
--device /dev/null:/dev/other:r
--device /dev/zero --device-cgroup-rule "c 10:229 rwm"
--device-cgroup-rule "b 8:* r"

--env A=b --env B= --env HOME=/elsewhere
--env PATH=/bin:/probe-directory --workdir /new/working/directory
--hostname named --domainname example.org
--hostname named --env HOSTNAME=other
--sysctl net.ipv4.ip_forward=1 --sysctl net.core.somaxconn=100
--sysctl kernel.msgmax=4096 --sysctl kernel.shm_rmid_forced=1
--sysctl fs.mqueue.msg_max=20
--dns 10.1.2.3 --add-host other:10.9.8.7
--tty
--tty --interactive --user app
--interactive
--init
--init --user app --tty
--entrypoint /probe --label a=b
`;

/** A configuration: the words of its line; the one without options is first. */
export const CONFIGURATIONS: readonly (readonly string[])[] = [
  [],
  ...TABLE.split('\n')
    .filter((line) => line !== '')
    .map((line) => [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')),
];

/** Profiles by the name they have in the table. */
export const SECCOMP_PROFILES: Readonly<Record<string, object>> = {
  'SECCOMP-FEW': {
    defaultAction: 'SCMP_ACT_ALLOW',
    syscalls: [{ names: ['mkdir', 'uname', 'sysinfo'], action: 'SCMP_ACT_ERRNO', errnoRet: 38 }],
  },
  'SECCOMP-ARGUMENTS': {
    defaultAction: 'SCMP_ACT_ALLOW',
    architectures: ['SCMP_ARCH_X86_64'],
    syscalls: [
      {
        names: ['personality'],
        action: 'SCMP_ACT_ERRNO',
        args: [{ index: 0, value: 8, op: 'SCMP_CMP_EQ' }],
      },
      { names: ['socket'], action: 'SCMP_ACT_ERRNO', args: [{ index: 0, value: 16, op: 'SCMP_CMP_GE' }] },
    ],
  },
  'SECCOMP-ERRNO': {
    defaultAction: 'SCMP_ACT_ALLOW',
    defaultErrnoRet: 1,
    syscalls: [
      { names: ['getcpu', 'times'], action: 'SCMP_ACT_ERRNO', errnoRet: 1 },
      { names: ['chown', 'fchown', 'lchown', 'fchownat'], action: 'SCMP_ACT_KILL_PROCESS' },
    ],
  },
};
