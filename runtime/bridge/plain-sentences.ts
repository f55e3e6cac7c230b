/** What an engine's message means for a person, and what can be done about it. */
export interface PlainSentence {
  readonly sentence: string;
  readonly hint: string;
}

interface Rule {
  /** Finds the message, with the name that the sentence has in it as its group. Engines word some in several ways. */
  readonly pattern: RegExp;
  readonly sentence: (name: string) => string;
  readonly hint: string;
}

const CHECK_COMMAND = 'Check the command; a program outside the image’s PATH needs its whole path.';

/** The failures that people meet most, in the words of dockerd, runc, podman and our own engine. */
const RULES: readonly Rule[] = [
  {
    pattern: /exec: "?([^":]+)"?: executable file not found/i,
    sentence: (program) => `The image has no program “${program}”.`,
    hint: CHECK_COMMAND,
  },
  {
    pattern: /exec: "?([^":]+)"?: (?:stat [^:]+: )?no such file or directory/i,
    sentence: (program) => `The image has no program “${program}”.`,
    hint: CHECK_COMMAND,
  },
  {
    pattern: /exec: "?([^":]+)"?: (?:permission denied|is a directory)/i,
    sentence: (program) => `“${program}” in the image cannot be executed.`,
    hint: 'It has to be a file with the permission to execute it.',
  },
  {
    pattern: /exec:? "?([^":]+)"?: exec format error/i,
    sentence: (program) => `“${program}” is no program of this kind of machine.`,
    hint: 'It is made for another platform, or a script whose first line names no shell.',
  },
  {
    pattern: /unable to find user ([^:]+): no matching entries/i,
    sentence: (user) => `The image has no user “${user}”.`,
    hint: 'Give a number, or a name that stands in the image’s /etc/passwd.',
  },
  {
    pattern: /unable to find group ([^:]+): no matching entries/i,
    sentence: (group) => `The image has no group “${group}”.`,
    hint: 'Give a number, or a name that stands in the image’s /etc/group.',
  },
  {
    pattern: /container name "\/?([^"]+)" is already in use/i,
    sentence: (name) => `There is a container “${name}” already.`,
    hint: 'Choose another name, or remove or rename that one first.',
  },
  {
    pattern: /bind source path does not exist: (.+)/is,
    sentence: (path) => `There is no ${path} on the engine’s machine.`,
    hint: 'Only what is there can be mounted; make the folder first.',
  },
  {
    pattern: /network with name (\S+) already exists/i,
    sentence: (name) => `There is a network “${name}” already.`,
    hint: 'Choose another name.',
  },
  {
    pattern: /network (\S+) .*has active endpoints/i,
    sentence: (name) => `Containers are on the network “${name}”.`,
    hint: 'Disconnect or remove them first.',
  },
  {
    pattern: /pool overlaps with other one/i,
    sentence: () => 'Another network has these addresses already.',
    hint: 'Choose another subnet, or leave it empty to get a free one.',
  },
  {
    pattern: /image is being used by (?:running|stopped) container|container \S+ is using its referenced image/i,
    sentence: () => 'A container was made from this image.',
    hint: 'Remove the container first.',
  },
  {
    pattern: /^(.+) is refused: this engine isolates its containers strictly/i,
    sentence: (what) => `This engine lets no container have ${what}.`,
    hint: 'It isolates its containers strictly: Engine, Settings, unless the administrator of its machine has set it.',
  },
];

/** The sentence for a message of an engine; null for one that has to speak for itself. */
export function plainSentence(message: string): PlainSentence | null {
  for (const { pattern, sentence, hint } of RULES) {
    const found = pattern.exec(message);
    if (found !== null) return { sentence: sentence(found[1] ?? ''), hint };
  }
  return null;
}
