// When which release ran: from the moment a deployment of it was ready until the next one was.

type Phase = { phase: string; at: string };
type Deployment = {
  id: string;
  integration: string;
  environment: string;
  createdAt: string;
  release: { id: string; short: string; author: string; subject: string };
  phases: Phase[];
};

export type Period = {
  /** Of the deployment that it began with. */
  id: string;
  release: Deployment['release'];
  from: Date;
  to: Date;
  /** It is the one that runs now. */
  isNow: boolean;
};

/** Of one integration in one environment, the newest first. A release that was deployed again at once goes on. */
export function periods(deployments: Deployment[], integration: string, environment: string, now: number): Period[] {
  const begun = deployments
    .filter((one) => one.integration === integration && one.environment === environment)
    .flatMap((one) => {
      const ready = one.phases.find((phase) => phase.phase === 'ready');
      return ready ? [{ one, at: Date.parse(ready.at) }] : [];
    })
    .sort((a, b) => a.at - b.at);
  const out: Period[] = [];
  begun.forEach(({ one, at }, place) => {
    const next = begun[place + 1]?.at;
    const last = out.at(-1);
    const to = new Date(next ?? now);
    if (last && last.release.id === one.release.id) Object.assign(last, { to, isNow: next === undefined });
    else out.push({ id: one.id, release: one.release, from: new Date(at), to, isNow: next === undefined });
  });
  return out.reverse();
}
