/** What each rule is about, for whoever has only a warning's name: one sentence that holds for all that it finds. */
const DESCRIPTIONS: Readonly<Record<string, string>> = {
  StageNameCasing: 'Names of stages are written in lowercase',
  FromAsCasing: "The words 'FROM' and 'as' are written in the same case",
  NoEmptyContinuation: 'An empty line inside an instruction will be an error in a future version',
  ConsistentInstructionCasing: 'All instructions of a file are written in the same case, upper or lower',
  DuplicateStageName: 'Each stage has a name of its own',
  ReservedStageName: 'A stage is not called by a word that means something else',
  JSONArgsRecommended: 'A command in JSON form gets signals itself; in shell form its shell gets them',
  MaintainerDeprecated:
    "'MAINTAINER' is deprecated: the label org.opencontainers.image.authors says who wrote the image",
  UndefinedArgInFrom: "A variable that 'FROM' uses is declared with 'ARG' before the first stage",
  WorkdirRelativePath: "A relative 'WORKDIR' depends on that of the base image, which may change",
  UndefinedVar: 'A variable is declared before it is used',
  MultipleInstructionsDisallowed: 'Of instructions of which one counts, a stage has only one',
  LegacyKeyValueFormat: '"key=value" is the form to use; "key value", with a space, is that of old files',
  InvalidBaseImagePlatform: 'The base image is for the platform that is built for',
  RedundantTargetPlatform: "'--platform=$TARGETPLATFORM' of 'FROM' is what holds without it",
  SecretsUsedInArgOrEnv: "What 'ARG' and 'ENV' hold stays in the image, where all who have it can read it",
  InvalidDefaultArgInFrom: "The default of a variable makes 'FROM' name no image",
  FromPlatformFlagConstDisallowed: "'--platform' of 'FROM' names no fixed platform",
  CopyIgnoredFile: 'What is copied is not kept out of the context by .dockerignore',
  InvalidDefinitionDescription:
    'A comment above a stage or a variable begins with its name, as a description, or is apart from it',
  ExposeProtoCasing: "A protocol in 'EXPOSE' is written in lowercase",
  ExposeInvalidFormat: "'EXPOSE' names ports of the container only, without addresses or ports of the host",
};

/** '' for a rule that is not known. */
export function ruleDescription(rule: string): string {
  return DESCRIPTIONS[rule] ?? '';
}

/** Where a rule is explained; '' for one that has no page. */
export function ruleUrl(rule: string): string {
  if (rule === 'InvalidBaseImagePlatform') return '';
  const name = rule.replaceAll(/(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, '-').toLowerCase();
  return `https://docs.docker.com/go/dockerfile/rule/${name}/`;
}
