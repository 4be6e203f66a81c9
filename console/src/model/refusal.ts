// What a delivery was refused for, and what to do next. The server says what happened to this message; here stands what helps,
// as docs/errors has it, in the words of a screen.

/** Where the next step is done. */
export type Way = 'route' | 'integration' | 'messages' | 'runtimes' | 'here';

export type Advice = { next: string; way: Way };

const ADVICE: Record<string, Advice> = {
  'MP-RPL-01': { next: 'Choose another route, or roll back to a release that has it.', way: 'integration' },
  'MP-RPL-02': { next: 'Start the route first.', way: 'route' },
  'MP-RPL-03': {
    next: 'See whether the workload runs and its runtime is connected, then ask again.',
    way: 'integration',
  },
  'MP-RPL-04': {
    next: 'Find the message and see how far it came before you decide to replay it again.',
    way: 'messages',
  },
  'MP-RPL-05': { next: 'Look for the message; do not replay it before you know what became of it.', way: 'messages' },
  'MP-RPL-06': { next: 'Check the address: its component has to be part of the integration.', way: 'here' },
  'MP-RPL-07': {
    next: 'Give it a body here.',
    way: 'here',
  },
  'MP-RPL-08': { next: 'Fill in what is masked, or give it another body.', way: 'here' },
  'MP-RPL-09': { next: 'Look at what is done twice, and confirm it.', way: 'here' },
  'MP-RPL-10': { next: 'Start the workload first.', way: 'integration' },
  'MP-RPL-11': { next: 'Correct what is named.', way: 'here' },
  'MP-RPL-12': {
    next: 'Put the body where the route can fetch it, and deliver a message that names the place.',
    way: 'here',
  },
  'MP-RPL-13': { next: 'Send it to the application as any client would, or deploy it as an integration.', way: 'here' },
  'MP-RPL-14': { next: 'Bring the runtime back: it says itself what became of it.', way: 'runtimes' },
  'MP-RPL-18': {
    next: 'It was done: look at what it did before you ask again. The runtime is newer than its control plane.',
    way: 'here',
  },
  'MP-RPL-20': {
    next: 'Let the runner make name spaces on that machine; the page of the code says how. Nothing was tried.',
    way: 'runtimes',
  },
  'MP-RPL-21': {
    next: 'Nothing was tried. Where Java and Camel are still being fetched, ask again in a minute.',
    way: 'here',
  },
  'MP-RPL-22': { next: 'Nothing left the sandbox. Try another body, or see how far the original came.', way: 'here' },
  'MP-RPL-23': { next: 'Say yourself what it is answered, or take the reply of another message.', way: 'here' },
  'MP-RPL-30': {
    next: 'Write the values over the masks yourself: the original is gone from its runtime.',
    way: 'here',
  },
  'MP-RPL-31': {
    next: 'Leave the mask and what stands around it as they were, or write the value yourself.',
    way: 'here',
  },
  'MP-ROUTE-01': {
    next: 'Choose a route that runs. One without an id has a name that changes: give it one.',
    way: 'here',
  },
  'MP-ROUTE-02': {
    next: 'It is tried again at the next start of the workload; the log has the rest.',
    way: 'integration',
  },
  'MP-API-09': {
    next: 'It may be done all the same: look whether it was before you ask again.',
    way: 'here',
  },
  'MP-LINK-07': { next: 'See whether its runtime is connected, then ask again.', way: 'runtimes' },
};

const BY_KIND: Record<string, Advice> = {
  forbidden: { next: 'Ask an owner or administrator of the organization for it.', way: 'here' },
  unavailable: { next: 'Ask again when it answers.', way: 'here' },
};

/** `kind` is the API's, for what has no code of its own. */
export function advice(code: string | null | undefined, kind?: string): Advice | undefined {
  return ADVICE[code ?? ''] ?? BY_KIND[kind ?? ''];
}
