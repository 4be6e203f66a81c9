import type { ReactNode } from 'react';
import { Link as RouterLink } from 'react-router';
import { useScope } from '../shell/scope';

/** The address of a screen with the environment and time range of this one. */
export function useAddress(): (path: string, parameters?: Record<string, string>) => string {
  const { carried } = useScope();
  return (path, parameters) => {
    const all = new URLSearchParams(carried);
    for (const [key, value] of Object.entries(parameters ?? {})) all.set(key, value);
    const query = all.toString();
    return query ? `${path}?${query}` : path;
  };
}

type Props = { to: string; parameters?: Record<string, string>; children: ReactNode; className?: string };

export function Link({ to, parameters, children, className }: Props) {
  const address = useAddress();
  return (
    <RouterLink to={address(to, parameters)} className={className}>
      {children}
    </RouterLink>
  );
}
