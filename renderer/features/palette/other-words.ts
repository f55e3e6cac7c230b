import { otherWords as translated } from '../../strings/other-words.ts';

/**
 * What Docker calls what our lines do, by the first word of a line's id: whoever knows Docker looks for its words. They
 * are commands, the same in every language.
 */
const DOCKER_WORDS: Readonly<Record<string, string>> = {
  'go.containers': 'docker ps container ls',
  'go.images': 'docker image ls',
  'go.volumes': 'docker volume ls',
  'go.networks': 'docker network ls',
  'go.compose': 'docker compose ls',
  'go.builds': 'docker buildx history build cache',
  'go.logs': 'docker compose logs',
  'go.events': 'docker system events',
  'go.disk': 'docker system df prune',
  'go.engine': 'docker info version context daemon',
  'go.registries': 'docker logout hub',
  'go.settings': 'preferences',
  'go.shell': 'terminal bash',
  run: 'docker create',
  pull: 'docker hub search',
  push: 'docker hub',
  login: 'docker login hub',
  'browse-registry': 'docker search hub',
  'compose-open': 'docker compose up',
  'compose-create': 'docker compose init',
  build: 'docker build buildx dockerfile',
  'load-images': 'docker load import tar',
  save: 'docker save export tar',
  'engine-add': 'docker context create host remote ssh',
  'engine-show': 'docker context use',
  'engine-settings': 'docker daemon.json',
  'copy-host': 'docker context',
  'clean-containers': 'docker container system prune rm',
  'clean-dangling': 'docker image system prune rmi',
  'clean-images': 'docker image system prune rmi',
  'clean-volumes': 'docker volume system prune',
  'clean-networks': 'docker network system prune',
  'clean-cache': 'docker builder system prune',
  terminal: 'docker exec bash sh',
  debug: 'docker debug exec',
  attach: 'docker attach',
  'external-terminal': 'docker exec bash sh',
  files: 'docker cp',
  snapshot: 'docker commit',
  inspect: 'docker inspect port env mounts json',
  edit: 'docker update',
  kill: 'docker kill signal',
  remove: 'docker rm rmi',
  unpause: 'docker unpause',
  logs: 'docker logs stdout stderr',
  up: 'docker compose',
  down: 'docker compose',
};

const known = new Map<string, readonly string[]>();

/** More words that a line of the palette is found by; there may be many thousand lines. */
export function otherWords(id: string): readonly string[] {
  const [action = ''] = id.split(' ', 1);
  const found = known.get(action);
  if (found !== undefined) return found;
  const own = Object.hasOwn(translated, action) ? translated[action as keyof typeof translated] : '';
  const words = `${DOCKER_WORDS[action] ?? ''} ${own}`.split(' ').filter(Boolean);
  known.set(action, words);
  return words;
}
