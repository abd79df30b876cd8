/** Characters at the end that are shown as long as there is any room: version and extension of a file, the last word of a name. */
const TAIL = 7;

/**
 * A path or name in one line. If there is no room its folder (of `[anon:name]`: `anon:`) gives way first, and entirely; then its
 * middle: the end is what differs between files. The whole name belongs in a `title` beside it.
 */
export function CutName({ name }: { readonly name: string }) {
  const anonymous = /^\[(anon(?:_shmem)?:)(.+)\]$/.exec(name);
  const lead = anonymous?.[1] ?? name.slice(0, name.lastIndexOf('/') + 1);
  const rest = anonymous?.[2] ?? name.slice(lead.length);
  const tail = Math.max(0, rest.length - TAIL);
  // Read as one word: the pieces are drawn, and only the whole name is text.
  return (
    <span className="cut">
      <span className="visually-hidden">{name}</span>
      <span
        className={`cut__lead faint${anonymous ? ' cut__lead--whole' : ''}`}
        data-text={lead}
        aria-hidden
      />
      <span className="cut__rest" aria-hidden>
        <span className="cut__head" data-text={rest.slice(0, tail)} />
        <span className="cut__tail" data-text={rest.slice(tail)} />
      </span>
    </span>
  );
}
