import type { FlagSpecs } from '../flags/flags.ts';

/** Flags of several compose commands; names as docker compose has them. */
const TIMEOUT = {
  timeout: { kind: 'string', short: 't', value: 'int', help: 'Seconds before a container is killed' },
} as const satisfies FlagSpecs;

const IMAGES = {
  build: { kind: 'boolean', help: 'Build images before starting containers' },
  'no-build': { kind: 'boolean', help: "Don't build an image, even if it's missing" },
  pull: { kind: 'string', help: 'Pull image before running ("always"|"missing"|"never")' },
  'quiet-pull': { kind: 'boolean', help: 'Pull without printing progress information' },
} as const satisfies FlagSpecs;

export const CREATE_SPECS = {
  ...IMAGES,
  'force-recreate': {
    kind: 'boolean',
    help: "Recreate containers even if their configuration and image haven't changed",
  },
  'no-recreate': { kind: 'boolean', help: "If containers already exist, don't recreate them" },
  'remove-orphans': { kind: 'boolean', help: 'Remove containers for services not defined in the Compose file' },
  scale: { kind: 'list', help: 'Scale SERVICE to NUM instances' },
  yes: { kind: 'boolean', short: 'y', help: 'Answer every question with yes' },
} as const satisfies FlagSpecs;

export const UP_SPECS = {
  ...CREATE_SPECS,
  ...TIMEOUT,
  'abort-on-container-exit': { kind: 'boolean', help: 'Stop all containers if any container was stopped' },
  'abort-on-container-failure': { kind: 'boolean', help: 'Stop all containers if any container exited with failure' },
  'always-recreate-deps': { kind: 'boolean', help: 'Recreate dependent containers' },
  attach: { kind: 'list', help: 'Restrict attaching to the specified services' },
  'attach-dependencies': { kind: 'boolean', help: 'Attach to log output of dependent services' },
  detach: { kind: 'boolean', short: 'd', help: 'Detached mode: run containers in the background' },
  'exit-code-from': { kind: 'string', help: 'Return the exit code of the selected service container' },
  'no-attach': { kind: 'list', help: 'Do not attach to the specified services' },
  'no-color': { kind: 'boolean', help: 'Produce monochrome output' },
  'no-deps': { kind: 'boolean', help: "Don't start linked services" },
  'no-log-prefix': { kind: 'boolean', help: "Don't print prefix in logs" },
  'no-start': { kind: 'boolean', help: "Don't start the services after creating them" },
  'renew-anon-volumes': { kind: 'boolean', short: 'V', help: 'Recreate anonymous volumes' },
  menu: { kind: 'boolean', help: 'Taken for compatibility: there are no shortcuts' },
  'quiet-build': { kind: 'boolean', help: 'Suppress the build output' },
  timestamps: { kind: 'boolean', help: 'Show timestamps' },
  wait: { kind: 'boolean', help: 'Wait for services to be running|healthy. Implies detached mode' },
  'wait-timeout': { kind: 'string', value: 'int', help: 'Most seconds to wait for the project' },
  watch: {
    kind: 'boolean',
    short: 'w',
    help: 'Watch source code and rebuild/refresh containers when files are updated',
  },
} as const satisfies FlagSpecs;

export const DOWN_SPECS = {
  ...TIMEOUT,
  'remove-orphans': { kind: 'boolean', help: 'Remove containers for services not defined in the Compose file' },
  rmi: { kind: 'string', help: 'Remove images used by services ("local" or "all")' },
  volumes: { kind: 'boolean', short: 'v', help: 'Remove named volumes declared in the file, and anonymous ones' },
} as const satisfies FlagSpecs;

export const STOP_SPECS = TIMEOUT;

export const RESTART_SPECS = {
  ...TIMEOUT,
  'no-deps': { kind: 'boolean', help: "Don't restart dependent services" },
} as const satisfies FlagSpecs;

export const START_SPECS = {
  wait: { kind: 'boolean', help: 'Wait for services to be running|healthy' },
  'wait-timeout': { kind: 'string', value: 'int', help: 'Most seconds to wait' },
} as const satisfies FlagSpecs;

export const KILL_SPECS = {
  signal: { kind: 'string', short: 's', help: 'Signal to send to the container' },
  'remove-orphans': { kind: 'boolean', help: 'Remove containers for services not defined in the Compose file' },
} as const satisfies FlagSpecs;

export const RM_SPECS = {
  all: { kind: 'boolean', short: 'a', hidden: true, help: 'Taken for compatibility: all are removed' },
  force: { kind: 'boolean', short: 'f', help: "Don't ask to confirm removal" },
  stop: { kind: 'boolean', short: 's', help: 'Stop the containers, if required, before removing' },
  volumes: { kind: 'boolean', short: 'v', help: 'Remove any anonymous volumes attached to containers' },
} as const satisfies FlagSpecs;

export const LOGS_SPECS = {
  follow: { kind: 'boolean', short: 'f', help: 'Follow log output' },
  index: { kind: 'string', value: 'int', help: 'Index of the container if service has multiple replicas' },
  'no-color': { kind: 'boolean', help: 'Produce monochrome output' },
  'no-log-prefix': { kind: 'boolean', help: "Don't print prefix in logs" },
  since: { kind: 'string', help: 'Show logs since timestamp or relative (e.g. "42m" for 42 minutes)' },
  tail: { kind: 'string', short: 'n', help: 'Number of lines to show from the end of each log' },
  timestamps: { kind: 'boolean', short: 't', help: 'Show timestamps' },
  until: { kind: 'string', help: 'Show logs before a timestamp or relative' },
} as const satisfies FlagSpecs;

export const PS_SPECS = {
  all: {
    kind: 'boolean',
    short: 'a',
    help: 'Show all stopped containers (including those created by the run command)',
  },
  filter: { kind: 'list', value: 'filter', help: 'Filter services by a property (status=STATE)' },
  format: { kind: 'string', help: 'How to print: table, "table TEMPLATE", json, or a Go template' },
  'no-trunc': { kind: 'boolean', help: "Don't truncate output" },
  orphans: { kind: 'boolean', initial: true, help: 'Include orphaned services' },
  quiet: { kind: 'boolean', short: 'q', help: 'Only display IDs' },
  services: { kind: 'boolean', help: 'Display services' },
  status: { kind: 'list', help: 'Filter services by status' },
} as const satisfies FlagSpecs;

/** `-it`, as people write it for docker's own command: there is a terminal anyway where one can be. */
const TTY = {
  tty: { kind: 'boolean', short: 't', initial: true, hidden: true, help: 'Allocate a pseudo-TTY' },
} as const satisfies FlagSpecs;

export const EXEC_SPECS = {
  detach: { kind: 'boolean', short: 'd', help: 'Detached mode: run command in the background' },
  env: { kind: 'list', short: 'e', help: 'Set environment variables' },
  index: { kind: 'string', value: 'int', help: 'Index of the container if service has multiple replicas' },
  interactive: { kind: 'boolean', short: 'i', initial: true, help: 'Keep STDIN open even if not attached' },
  'no-tty': { kind: 'boolean', short: 'T', help: 'Disable pseudo-TTY allocation' },
  'no-TTY': { kind: 'boolean', hidden: true, help: 'Older name of --no-tty' },
  ...TTY,
  privileged: { kind: 'boolean', help: 'Give extended privileges to the process' },
  user: { kind: 'string', short: 'u', help: 'Run the command as this user' },
  workdir: { kind: 'string', short: 'w', help: 'Path to workdir directory for this command' },
} as const satisfies FlagSpecs;

export const RUN_SPECS = {
  build: { kind: 'boolean', help: 'Build image before starting container' },
  'cap-add': { kind: 'list', help: 'Add Linux capabilities' },
  'cap-drop': { kind: 'list', help: 'Drop Linux capabilities' },
  detach: { kind: 'boolean', short: 'd', help: 'Run container in background and print container ID' },
  entrypoint: { kind: 'string', help: 'Override the entrypoint of the image' },
  env: { kind: 'list', short: 'e', help: 'Set environment variables' },
  'env-from-file': { kind: 'list', help: 'Set environment variables from file' },
  interactive: { kind: 'boolean', short: 'i', initial: true, help: 'Keep STDIN open even if not attached' },
  label: { kind: 'list', short: 'l', help: 'Add or override a label' },
  labels: { kind: 'list', hidden: true, help: 'The same' },
  name: { kind: 'string', help: 'Assign a name to the container' },
  'no-deps': { kind: 'boolean', help: "Don't start linked services" },
  'no-tty': { kind: 'boolean', short: 'T', help: 'Disable pseudo-TTY allocation' },
  'no-TTY': { kind: 'boolean', hidden: true, help: 'Older name of --no-tty' },
  ...TTY,
  publish: { kind: 'list', short: 'p', help: "Publish a container's port(s) to the host" },
  pull: { kind: 'string', help: 'Pull image before running ("always"|"missing"|"never")' },
  quiet: { kind: 'boolean', short: 'q', help: "Don't print anything to STDOUT" },
  'quiet-build': { kind: 'boolean', help: 'Suppress the build output' },
  'quiet-pull': { kind: 'boolean', help: 'Pull without printing progress information' },
  'remove-orphans': { kind: 'boolean', help: 'Remove containers for services not defined in the Compose file' },
  rm: { kind: 'boolean', help: 'Automatically remove the container when it exits' },
  'service-ports': {
    kind: 'boolean',
    short: 'P',
    help: "Run command with all service's ports enabled and mapped to the host",
  },
  'use-aliases': {
    kind: 'boolean',
    help: "Use the service's network aliases in the networks the container connects to",
  },
  user: { kind: 'string', short: 'u', help: 'Run as specified username or uid' },
  volume: { kind: 'list', short: 'v', help: 'Bind mount a volume' },
  volumes: { kind: 'list', hidden: true, help: 'The same' },
  workdir: { kind: 'string', short: 'w', help: 'Working directory inside the container' },
} as const satisfies FlagSpecs;

/** A flag of older versions, which changes nothing. */
function older(help: string): { readonly kind: 'boolean'; readonly hidden: true; readonly help: string } {
  return { kind: 'boolean', hidden: true, help };
}

export const BUILD_SPECS = {
  'build-arg': { kind: 'list', help: 'Set build-time variables for services' },
  builder: { kind: 'string', help: 'Taken for compatibility: there is one builder' },
  memory: { kind: 'string', short: 'm', help: 'Set memory limit for the build container' },
  check: { kind: 'boolean', help: 'Look the Dockerfiles over, and build nothing' },
  compress: older('Taken for compatibility: contexts are not compressed'),
  'force-rm': older('Taken for compatibility: nothing is left of a step'),
  'no-cache': { kind: 'boolean', help: 'Do not use cache when building the image' },
  'no-rm': older('Taken for compatibility: nothing is left of a step'),
  parallel: older('Taken for compatibility: services are built side by side'),
  print: { kind: 'boolean', help: 'Print a file for buildx bake that builds the same, and build nothing' },
  progress: { kind: 'string', hidden: true, help: 'Older place of --progress before the command' },
  provenance: { kind: 'string', help: 'Say in the image how it was built (true, false, or mode=min|max)' },
  pull: { kind: 'boolean', help: 'Always attempt to pull a newer version of the image' },
  push: { kind: 'boolean', help: 'Push service images' },
  quiet: { kind: 'boolean', short: 'q', help: "Don't print anything to STDOUT" },
  sbom: { kind: 'string', help: 'List the packages of the image in it (true or false)' },
  ssh: { kind: 'list', help: 'Agent for ssh mounts, default or ID=SOCKET' },
  'with-dependencies': { kind: 'boolean', help: 'Also build dependencies' },
} as const satisfies FlagSpecs;

export const PULL_SPECS = {
  'ignore-buildable': { kind: 'boolean', help: 'Ignore images that can be built' },
  'ignore-pull-failures': { kind: 'boolean', help: 'Pull what it can and ignores images with pull failures' },
  'no-parallel': older('Taken for compatibility: images are pulled side by side'),
  parallel: older('Taken for compatibility: images are pulled side by side'),
  'include-deps': { kind: 'boolean', help: 'Also pull services declared as dependencies' },
  policy: { kind: 'string', help: 'Apply pull policy ("missing"|"always")' },
  quiet: { kind: 'boolean', short: 'q', help: 'Pull without printing progress information' },
} as const satisfies FlagSpecs;

export const PUSH_SPECS = {
  'ignore-push-failures': { kind: 'boolean', help: 'Push what it can and ignores images with push failures' },
  'include-deps': { kind: 'boolean', help: 'Also push images of services declared as dependencies' },
  quiet: { kind: 'boolean', short: 'q', help: 'Push without printing progress information' },
} as const satisfies FlagSpecs;

export const CONFIG_SPECS = {
  environment: { kind: 'boolean', help: 'Print environment used for interpolation' },
  format: { kind: 'string', help: 'Format the output ("yaml"|"json")' },
  hash: { kind: 'string', help: 'Print the service config hash, one per line ("*" for all)' },
  images: { kind: 'boolean', help: 'Print the image names, one per line' },
  'lock-image-digests': {
    kind: 'boolean',
    help: 'Print a file that pins images to digests, to be merged over the others',
  },
  networks: { kind: 'boolean', help: 'Print the network names, one per line' },
  models: { kind: 'boolean', help: 'Print the model names, one per line' },
  'no-consistency': {
    kind: 'boolean',
    help: "Don't check model consistency - warning: may produce invalid Compose output",
  },
  'no-env-resolution': { kind: 'boolean', help: "Don't resolve service env files" },
  'no-interpolate': { kind: 'boolean', help: "Don't interpolate environment variables" },
  'no-normalize': { kind: 'boolean', help: "Don't normalize compose model" },
  'no-path-resolution': { kind: 'boolean', help: "Don't resolve file paths" },
  output: { kind: 'string', short: 'o', help: 'Save to file (default to stdout)' },
  profiles: { kind: 'boolean', help: 'Print the profile names, one per line' },
  quiet: { kind: 'boolean', short: 'q', help: "Only validate the configuration, don't print anything" },
  'resolve-image-digests': { kind: 'boolean', help: 'Pin image tags to digests' },
  services: { kind: 'boolean', help: 'Print the service names, one per line' },
  variables: { kind: 'boolean', help: 'Print model variables and default values' },
  volumes: { kind: 'boolean', help: 'Print the volume names, one per line' },
} as const satisfies FlagSpecs;

export const LS_SPECS = {
  all: { kind: 'boolean', short: 'a', help: 'Show all stopped Compose projects' },
  filter: { kind: 'list', value: 'filter', help: 'Filter output (name=TEXT)' },
  format: { kind: 'string', help: 'Format the output ("table"|"json")' },
  quiet: { kind: 'boolean', short: 'q', help: 'Only display project names' },
} as const satisfies FlagSpecs;
