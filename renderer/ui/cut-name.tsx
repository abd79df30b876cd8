import { tailLength } from './name-tail.ts';

/**
 * A path or name in one line. If there is no room its folder (of `[anon:name]`: `anon:`) gives way first, and entirely; then its
 * middle, and with very little room its end. The whole name belongs in a `title` beside it.
 */
export function CutName({ name }: { readonly name: string }) {
  const anonymous = /^\[(anon(?:_shmem)?:)(.+)\]$/.exec(name);
  const lead = anonymous?.[1] ?? name.slice(0, name.lastIndexOf('/') + 1);
  const rest = anonymous?.[2] ?? name.slice(lead.length);
  const tail = rest.length - tailLength(rest);
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
