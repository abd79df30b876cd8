import type { Token, Tokens } from 'marked';
import { markdownBlocks } from '../../ui/markdown.tsx';

/** A part of the guide below its heading: pictures and blocks of text, in order. */
export interface GuideSection {
  readonly title: string;
  readonly parts: readonly (GuidePicture | { readonly blocks: readonly Token[] })[];
}

/** A picture that has its own paragraph. */
export interface GuidePicture {
  readonly alt: string;
  /** As the document names it, relative to the project's root. */
  readonly path: string;
}

/** The sections of a document with one heading of the first level, which is its title, and the others of the second. */
export function guideSections(document: string): readonly GuideSection[] {
  const sections: { title: string; parts: (GuidePicture | { blocks: Token[] })[] }[] = [];
  for (const token of markdownBlocks(document)) {
    if (token.type === 'space') continue;
    if (token.type === 'heading') {
      const { depth, text } = token as Tokens.Heading;
      // What is before the first section has the document's own title.
      sections.push({ title: depth === 1 ? 'About this program' : text, parts: [] });
      continue;
    }
    const parts = sections.at(-1)?.parts;
    if (!parts) throw new Error('The guide begins without a title.');
    const picture = pictureOf(token);
    const last = parts.at(-1);
    if (picture) parts.push(picture);
    else if (last && 'blocks' in last) last.blocks.push(token);
    else parts.push({ blocks: [token] });
  }
  return sections;
}

function pictureOf(token: Token): GuidePicture | null {
  const tokens = token.type === 'paragraph' ? (token as Tokens.Paragraph).tokens : [];
  const [only] = tokens;
  if (tokens.length !== 1 || only?.type !== 'image') return null;
  const { text, href } = only as Tokens.Image;
  return { alt: text, path: href };
}
