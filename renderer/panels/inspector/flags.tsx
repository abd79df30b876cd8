import { flagMeaning } from '../../ui/flag-meanings.ts';

/** The flags of an entry; soft-dirty is emphasised. */
export function Flags({ bits, meanings }: { readonly bits: readonly string[]; readonly meanings?: boolean }) {
  return (
    <ul className="flags" aria-label="Flags">
      {bits.map((name) => {
        const meaning = flagMeaning(name);
        return (
          <li
            key={name}
            className={name === 'SD' ? 'flags__flag flags__flag--sd' : 'flags__flag'}
            {...(meaning && !meanings ? { title: meaning } : {})}
          >
            <span className="mono">{name}</span>
            {meanings && <span className="flags__meaning">{meaning}</span>}
          </li>
        );
      })}
    </ul>
  );
}
