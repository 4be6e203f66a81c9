// Whether this browser ever showed a failed message: the checklist of Home wants to know.

const KEY = 'midplane-seen-failure';

export const hasSeenFailure = () => localStorage.getItem(KEY) !== null;
export const sawFailure = () => localStorage.setItem(KEY, 'yes');
