/** What may be written at a place in a Compose file. */
export interface ComposeKeys {
  /** Keys of a mapping; `*` stands for names of a person's choice. */
  readonly keys?: Readonly<Record<string, ComposeKeys>>;
  /** What an entry of a list may be. */
  readonly each?: ComposeKeys;
  /** Values of which there are only a few. */
  readonly values?: readonly string[];
}
