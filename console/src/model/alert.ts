// Alerts as they are shown: which rules there are, in words, and where each leads.

export const RULES: Record<string, { name: string; about: string }> = {
  runtime_lost: {
    name: 'A runtime is lost',
    about: 'Nothing was heard of it for five minutes. Its workloads may go on.',
  },
  deployment_failed: {
    name: 'A deployment failed',
    about: 'What ran before goes on; the alert ends with the next deployment that runs.',
  },
  new_failures: {
    name: 'Messages fail in a new way',
    about: 'A kind of failure that was not there before, or is back after a day without it.',
  },
};

export function isMuted(alert: { mutedUntil?: string | null }, now: number): boolean {
  return alert.mutedUntil ? Date.parse(alert.mutedUntil) > now : false;
}

/** An address of the console as a link takes it. Anything that is no path of ours leads home. */
export function splitPath(text: string): { path: string; parameters: Record<string, string> } {
  if (!text.startsWith('/') || text.startsWith('//')) return { path: '/', parameters: {} };
  const [path = '/', query = ''] = text.split('?', 2);
  return { path, parameters: Object.fromEntries(new URLSearchParams(query)) };
}

type Delivery = { message: string; status?: number | null; error?: string | null; nextAt?: string | null };

/** What became of one attempt. */
export function became(delivery: Delivery): 'arrived' | 'waiting' | 'given_up' {
  if (delivery.status && delivery.status >= 200 && delivery.status < 300) return 'arrived';
  return delivery.nextAt ? 'waiting' : 'given_up';
}
