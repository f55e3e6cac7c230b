/**
 * Docker's client reads what it inspects into Go structs, and a template sees those: by Go's names, with zero values for
 * what the engine left out, with durations as text. Each type lists its fields in order, `NAME[=JSON]:TYPE`; a type is one
 * of these, a plain one, `[]TYPE`, `{}TYPE` (a map) or `*TYPE`.
 */
export const GO_TYPES: Readonly<Record<string, string>> = {
  container: `ID=Id:string Created:string Path:string Args:[]string State:*state Image:string ResolvConfPath:string
    HostnamePath:string HostsPath:string LogPath:string Name:string RestartCount:int Driver:string Platform:string
    MountLabel:string ProcessLabel:string AppArmorProfile:string ExecIDs:[]string HostConfig:*hostConfig
    GraphDriver:graphDriver SizeRw:*int SizeRootFs:*int Mounts:[]mountPoint Config:*config
    NetworkSettings:*networkSettings ImageManifestDescriptor:any`,
  state: `Status:string Running:bool Paused:bool Restarting:bool OOMKilled:bool Dead:bool Pid:int ExitCode:int Error:string
    StartedAt:string FinishedAt:string Health:*health`,
  health: 'Status:string FailingStreak:int Log:[]*check',
  check: 'Start:time End:time ExitCode:int Output:string',
  config: `Hostname:string Domainname:string User:string AttachStdin:bool AttachStdout:bool AttachStderr:bool
    ExposedPorts:{}empty Tty:bool OpenStdin:bool StdinOnce:bool Env:[]string Cmd:[]string Healthcheck:*healthcheck
    ArgsEscaped:bool Image:string Volumes:{}empty WorkingDir:string Entrypoint:[]string NetworkDisabled:bool
    MacAddress:string OnBuild:[]string Labels:{}string StopSignal:string StopTimeout:*int Shell:[]string`,
  healthcheck: `Test:[]string Interval:duration Timeout:duration StartPeriod:duration StartInterval:duration Retries:int`,
  empty: '',
  hostConfig: `Binds:[]string ContainerIDFile:string LogConfig:logConfig NetworkMode:string PortBindings:{}[]portBinding
    RestartPolicy:restartPolicy AutoRemove:bool VolumeDriver:string VolumesFrom:[]string ConsoleSize:[]int
    Annotations:{}string CapAdd:[]string CapDrop:[]string CgroupnsMode:string DNS=Dns:[]string
    DNSOptions=DnsOptions:[]string DNSSearch=DnsSearch:[]string ExtraHosts:[]string GroupAdd:[]string IpcMode:string
    Cgroup:string Links:[]string OomScoreAdj:int PidMode:string Privileged:bool PublishAllPorts:bool ReadonlyRootfs:bool
    SecurityOpt:[]string StorageOpt:{}string Tmpfs:{}string UTSMode:string UsernsMode:string ShmSize:int Sysctls:{}string
    Runtime:string Isolation:string CPUShares=CpuShares:int Memory:int NanoCPUs=NanoCpus:int CgroupParent:string
    BlkioWeight:int BlkioWeightDevice:[]*weight BlkioDeviceReadBps:[]*throttle BlkioDeviceWriteBps:[]*throttle
    BlkioDeviceReadIOps:[]*throttle BlkioDeviceWriteIOps:[]*throttle CPUPeriod=CpuPeriod:int CPUQuota=CpuQuota:int
    CPURealtimePeriod=CpuRealtimePeriod:int CPURealtimeRuntime=CpuRealtimeRuntime:int CpusetCpus:string CpusetMems:string
    Devices:[]device DeviceCgroupRules:[]string DeviceRequests:[]deviceRequest KernelMemory:int KernelMemoryTCP:int
    MemoryReservation:int MemorySwap:int MemorySwappiness:*int OomKillDisable:*bool PidsLimit:*int Ulimits:[]*ulimit
    CPUCount=CpuCount:int CPUPercent=CpuPercent:int IOMaximumIOps:int IOMaximumBandwidth:int Mounts:[]mount
    MaskedPaths:[]string ReadonlyPaths:[]string Init:*bool`,
  logConfig: 'Type:string Config:{}string',
  portBinding: 'HostIP=HostIp:string HostPort:string',
  restartPolicy: 'Name:string MaximumRetryCount:int',
  weight: 'Path:string Weight:int',
  throttle: 'Path:string Rate:int',
  device: 'PathOnHost:string PathInContainer:string CgroupPermissions:string',
  deviceRequest: 'Driver:string Count:int DeviceIDs:[]string Capabilities:[][]string Options:{}string',
  ulimit: 'Name:string Hard:int Soft:int',
  mount: `Type:string Source:string Target:string ReadOnly:bool Consistency:string BindOptions:*bindOptions
    VolumeOptions:*volumeOptions ImageOptions:*imageOptions TmpfsOptions:*tmpfsOptions`,
  bindOptions: `Propagation:string NonRecursive:bool CreateMountpoint:bool ReadOnlyNonRecursive:bool
    ReadOnlyForceRecursive:bool`,
  volumeOptions: 'NoCopy:bool Labels:{}string Subpath:string DriverConfig:*driver',
  driver: 'Name:string Options:{}string',
  imageOptions: 'Subpath:string',
  tmpfsOptions: 'SizeBytes:int Mode:int Options:[][]string',
  mountPoint: `Type:string Name:string Source:string Destination:string Driver:string Mode:string RW:bool
    Propagation:string`,
  networkSettings: `Bridge:string SandboxID:string SandboxKey:string Ports:{}[]portBinding HairpinMode:bool
    LinkLocalIPv6Address:string LinkLocalIPv6PrefixLen:int SecondaryIPAddresses:[]address
    SecondaryIPv6Addresses:[]address EndpointID:string Gateway:string GlobalIPv6Address:string GlobalIPv6PrefixLen:int
    IPAddress:string IPPrefixLen:int IPv6Gateway:string MacAddress:string Networks:{}*endpoint`,
  address: 'Addr:string PrefixLen:int',
  endpoint: `IPAMConfig:*addresses Links:[]string Aliases:[]string MacAddress:string DriverOpts:{}string GwPriority:int
    NetworkID:string EndpointID:string Gateway:string IPAddress:string IPPrefixLen:int IPv6Gateway:string
    GlobalIPv6Address:string GlobalIPv6PrefixLen:int DNSNames:[]string`,
  addresses: 'IPv4Address:string IPv6Address:string LinkLocalIPs:[]string',
  graphDriver: 'Data:{}string Name:string',
  image: `ID=Id:string RepoTags:[]string RepoDigests:[]string Parent:string Comment:string Created:string Container:string
    ContainerConfig:*config DockerVersion:string Author:string Config:*config Architecture:string Variant:string Os:string
    OsVersion:string Size:int VirtualSize:int GraphDriver:graphDriver RootFS:rootFs Metadata:metadata Descriptor:any
    Manifests:any`,
  rootFs: 'Type:string Layers:[]string',
  metadata: 'LastTagTime:time',
  network: `Name:string ID=Id:string Created:time Scope:string Driver:string EnableIPv4:bool EnableIPv6:bool IPAM:ipam
    Internal:bool Attachable:bool Ingress:bool ConfigFrom:configFrom ConfigOnly:bool Containers:{}member
    Options:{}string Labels:{}string Peers:[]any Services:{}any`,
  ipam: 'Driver:string Options:{}string Config:[]subnet',
  subnet: 'Subnet:string IPRange:string Gateway:string AuxAddress=AuxiliaryAddresses:{}string',
  configFrom: 'Network:string',
  member: 'Name:string EndpointID:string MacAddress:string IPv4Address:string IPv6Address:string',
  volume: `ClusterVolume:any CreatedAt:string Driver:string Labels:{}string Mountpoint:string Name:string
    Options:{}string Scope:string Status:{}any UsageData:*usage`,
  usage: 'RefCount:int Size:int',
  event: `Status=status:string ID=id:string From=from:string Type:string Action:string Actor:actor Scope=scope:string
    Time=time:int TimeNano=timeNano:any`,
  actor: 'ID:string Attributes:{}string',
  version: 'Client:clientVersion Server:*serverVersion',
  clientVersion: `Platform:*platform Version:string APIVersion=ApiVersion:string DefaultAPIVersion:string GitCommit:string
    GoVersion:string Os:string Arch:string BuildTime:string Context:string`,
  serverVersion: `Platform:platform Components:[]component Version:string APIVersion=ApiVersion:string
    MinAPIVersion:string GitCommit:string GoVersion:string Os:string Arch:string KernelVersion:string Experimental:bool
    BuildTime:string`,
  platform: 'Name:string',
  component: 'Name:string Version:string Details:{}string',
};
