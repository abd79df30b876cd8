import { marked, type Token, type Tokens } from 'marked';
import { type ReactNode, useMemo } from 'react';
import './markdown.css';

/** The blocks of a text, for a view that places them itself. */
export function markdownBlocks(text: string): readonly Token[] {
  return marked.lexer(text);
}

/** A text of a lesson. Only what is listed here is made of it: HTML stays text, nothing is loaded. */
export function Markdown({ text }: { readonly text: string }) {
  const tokens = useMemo(() => markdownBlocks(text), [text]);
  return <MarkdownBlocks blocks={tokens} />;
}

/** Blocks of a text. */
export function MarkdownBlocks({ blocks }: { readonly blocks: readonly Token[] }) {
  return <div className="markdown">{blocks.map(block)}</div>;
}

/** Markdown in one line. */
export function InlineMarkdown({ text }: { readonly text: string }) {
  const tokens = useMemo(() => marked.Lexer.lexInline(text), [text]);
  return <>{tokens.map(inline)}</>;
}

function block(token: Token, key: number): ReactNode {
  switch (token.type) {
    case 'paragraph':
      return <p key={key}>{inlines(token)}</p>;
    case 'heading':
      return <h3 key={key}>{inlines(token)}</h3>;
    case 'code':
      return (
        <pre key={key} className="mono">
          {(token as Tokens.Code).text}
        </pre>
      );
    case 'list': {
      const { ordered, items } = token as Tokens.List;
      const List = ordered ? 'ol' : 'ul';
      return (
        <List key={key}>
          {items.map((item, at) => (
            <li key={at}>{item.tokens.map(block)}</li>
          ))}
        </List>
      );
    }
    case 'blockquote':
      return <blockquote key={key}>{(token as Tokens.Blockquote).tokens.map(block)}</blockquote>;
    case 'table':
      return <MarkdownTable key={key} table={token as Tokens.Table} />;
    case 'text':
      return <span key={key}>{inlines(token)}</span>;
    case 'space':
    case 'hr':
      return null;
    default:
      return <p key={key}>{token.raw}</p>;
  }
}

function MarkdownTable({ table: { header, rows } }: { readonly table: Tokens.Table }) {
  return (
    <table>
      <thead>
        <tr>
          {header.map(({ tokens }, at) => (
            <th key={at}>{tokens.map(inline)}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row, at) => (
          <tr key={at}>
            {row.map(({ tokens }, column) => (
              <td key={column}>{tokens.map(inline)}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The inline content of a block, or its text if there is none. */
function inlines(token: Token): ReactNode {
  return 'tokens' in token && token.tokens ? token.tokens.map(inline) : token.raw;
}

function inline(token: Token, key: number): ReactNode {
  switch (token.type) {
    case 'strong':
      return <b key={key}>{inlines(token)}</b>;
    case 'em':
      return <em key={key}>{inlines(token)}</em>;
    case 'codespan':
      return (
        <code key={key} className="mono">
          {(token as Tokens.Codespan).text}
        </code>
      );
    case 'br':
      return <br key={key} />;
    case 'escape':
    case 'text':
      return 'tokens' in token && token.tokens ? (
        <span key={key}>{inlines(token)}</span>
      ) : (
        (token as Tokens.Text).text
      );
    default:
      return token.raw;
  }
}
