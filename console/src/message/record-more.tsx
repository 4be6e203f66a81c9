import type { ReactNode } from 'react';
import { useMay } from '../api/hooks';
import { Link } from '../parts/link';

/** Leads to where it is said what is recorded; only the words for who may not change it. */
export function RecordMore({ children }: { children: ReactNode }) {
  const may = useMay();
  if (!may('capture:write')) return <>{children}</>;
  return (
    <Link to="/settings" parameters={{ tab: 'capture', layer: 'new' }}>
      {children}
    </Link>
  );
}
