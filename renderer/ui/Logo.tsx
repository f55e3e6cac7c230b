/** The mark: a quay open to the water, two containers moored in it. */
export function Logo({ size = 24 }: { readonly size?: number }) {
  return (
    <svg viewBox="0 0 64 64" width={size} height={size} aria-hidden="true">
      <rect width="64" height="64" rx="15" fill="#0c3b4a" />
      <path
        d="M14 13v24a12 12 0 0 0 12 12h12a12 12 0 0 0 12-12V13"
        fill="none"
        stroke="#e8f4f4"
        strokeWidth="6"
        strokeLinecap="round"
      />
      <rect x="24" y="13" width="16" height="11" rx="2.5" fill="#ff8a5c" />
      <rect x="24" y="27" width="16" height="11" rx="2.5" fill="#7fd6d2" />
    </svg>
  );
}
