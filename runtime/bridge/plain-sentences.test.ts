import { expect, it } from 'vitest';
import { plainSentence } from './plain-sentences.ts';

it.each([
  [
    'failed to create task for container: exec: "serve": executable file not found in $PATH',
    'The image has no program “serve”.',
  ],
  ['failed to create task for container: exec: "/no": no such file or directory', 'The image has no program “/no”.'],
  // runc's words.
  [
    'OCI runtime create failed: exec: "/no": stat /no: no such file or directory: unknown',
    'The image has no program “/no”.',
  ],
  ['failed to create task for container: exec: "/etc": is a directory', '“/etc” in the image cannot be executed.'],
  ['exec: "/run.sh": permission denied', '“/run.sh” in the image cannot be executed.'],
  ['exec /run.sh: exec format error', '“/run.sh” is no program of this kind of machine.'],
  ['unable to find user app: no matching entries in passwd file', 'The image has no user “app”.'],
  ['unable to find group 9x: no matching entries in group file', 'The image has no group “9x”.'],
  [
    'Conflict. The container name "/web" is already in use by container "3f". You have to remove (or rename) that container to be able to reuse that name.',
    'There is a container “web” already.',
  ],
  [
    'invalid mount config for type "bind": bind source path does not exist: /a b',
    'There is no /a b on the engine’s machine.',
  ],
  ['network with name front already exists', 'There is a network “front” already.'],
  [
    'error while removing network: network front has active endpoints (name:"web" id:"3f")',
    'Containers are on the network “front”.',
  ],
  ['network front id 3f has active endpoints', 'Containers are on the network “front”.'],
  [
    'invalid pool request: Pool overlaps with other one on this address space',
    'Another network has these addresses already.',
  ],
  [
    'conflict: unable to remove repository reference "a" (must force) - container 3f is using its referenced image 4e',
    'A container was made from this image.',
  ],
  [
    'conflict: unable to delete 4e (must be forced) - image is being used by stopped container 3f',
    'A container was made from this image.',
  ],
  [
    'a mount of /srv/a (/etc) is refused: this engine isolates its containers strictly ("isolation": "strict" in /x)',
    'This engine lets no container have a mount of /srv/a (/etc).',
  ],
])('%s', (message, sentence) => {
  expect(plainSentence(message)?.sentence).toBe(sentence);
});

it('leaves to the engine what it says well itself', () => {
  expect(plainSentence('No such container: web')).toBeNull();
});
