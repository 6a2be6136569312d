/** Vite turns these imports into addresses of files of our own origin. */
declare module '*?worker&url' {
  const address: string;
  export default address;
}
