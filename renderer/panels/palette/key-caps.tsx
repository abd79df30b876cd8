import { keyCaps } from '../../actions/key-text.ts';

/** A key with its modifiers, as labelled on the keyboard. */
export function KeyCaps({ keys }: { readonly keys: string }) {
  return (
    <span className="keycaps">
      {keyCaps(keys).map((cap) => (
        <kbd key={cap} className="keycap">
          {cap}
        </kbd>
      ))}
    </span>
  );
}
