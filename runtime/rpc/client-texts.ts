/** What can go wrong on the page's own side of the wire. */
export type ClientFault =
  | 'disconnected'
  | 'cancelled'
  | 'timeout'
  /** The far side is of another version. */
  | 'unsupported'
  /** What was to be sent is more than one message may hold. */
  | 'tooLarge'
  /** What the far side has to say is more than one message may hold. */
  | 'answerTooLarge'
  /** What came cannot be understood. */
  | 'senseless';

/** What a person is told of each. The page brings them, in its own language. */
export type ClientTexts = Readonly<Record<ClientFault, { readonly message: string; readonly hint?: string }>>;
