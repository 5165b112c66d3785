//! What browsers do not even get, or refuse to compile.

import { chrome, client, type Facts, firefox, links, type Row, safari } from "./row.js";

/** What a server sends in place of a file that is not there. */
function isHtml({ bytes, message }: Facts): boolean {
  if (bytes) return /^\s*</.test(new TextDecoder().decode(bytes.subarray(0, 256)));
  // Chrome shows the first four bytes.
  return /found (?:(?:0a|0d|20|09) )*3c/.test(message);
}

const isEmpty = ({ bytes, message }: Facts) => bytes?.length === 0 || message.includes("at offset 0:");
const isCut = ({ outline }: Facts) => outline?.truncated ?? false;
const isShort = ({ bytes }: Facts) => bytes !== undefined && bytes.length > 0;
const loads = ({ doing }: Facts) => doing === "compile" || doing === "instantiate";
/** The answer was no file: its media type is only what follows from that. */
const isPage = ({ message }: Facts) => message.includes("text/html");

const wasm = "CompileError";
const chromeMagic = "WebAssembly.compile(): expected magic word 00 61 73 6d, found 70 61 63 6b @+0";
const firefoxMagic = "wasm validation error: at offset 4: failed to match magic number";
const safariMagic = "WebAssembly.Module doesn't parse at byte 0: module doesn't start with '\\0asm'";
const magic = [/expected magic word/, /failed to match magic number/, /doesn't start with '\\0asm'/] as const;

export const compileRows: readonly Row[] = [
  {
    code: "fetch/network",
    title: "The module could not be fetched",
    texts: [
      chrome("TypeError", /^Failed to fetch/, "Failed to fetch", loads),
      firefox(
        "TypeError",
        /NetworkError when attempting to fetch/,
        "NetworkError when attempting to fetch resource.",
        loads,
      ),
      safari("TypeError", /^Load failed/, "Load failed", loads),
      client(
        "SwapError",
        /\.wasm: (?:Failed to fetch|NetworkError|Load failed)/,
        "/m/0f.wasm: Failed to fetch",
      ),
    ],
    cause: "Nobody answered at the address of the module, or an answer from another origin may not be read.",
    remedy:
      "Look whether the server runs, and whether it allows this origin (`Access-Control-Allow-Origin`).",
    link: links.fetch,
  },
  {
    code: "fetch/status",
    title: "The server has no such module",
    texts: [
      chrome(
        "TypeError",
        /HTTP status code is not ok/,
        "Failed to execute 'compile' on 'WebAssembly': HTTP status code is not ok",
      ),
      firefox(
        "TypeError",
        /unsupported MIME type 'text\/html'|Response has unsupported status/,
        "WebAssembly: Response has unsupported MIME type 'text/html' expected 'application/wasm'",
        isPage,
      ),
      safari("TypeError", /has not returned OK status/, "Response has not returned OK status"),
      client("SwapError", /\.wasm: the server answered/, "/m/0f.wasm: the server answered 404"),
    ],
    cause: "The answer was an error such as 404, or the page that is sent in place of a missing file.",
    remedy: "Compare the address with where the build puts the `.wasm` file.",
    link: links.streaming,
  },
  {
    code: "fetch/media-type",
    title: "The module came under another media type",
    texts: [
      chrome(
        "TypeError",
        /Incorrect response MIME type/,
        "Failed to execute 'compile' on 'WebAssembly': Incorrect response MIME type. Expected 'application/wasm'.",
      ),
      firefox(
        "TypeError",
        /unsupported MIME type/,
        "WebAssembly: Response has unsupported MIME type 'text/plain' expected 'application/wasm'",
      ),
      safari(
        "TypeError",
        /Unexpected response MIME type/,
        "Unexpected response MIME type. Expected 'application/wasm'",
      ),
    ],
    cause:
      "What is compiled while it comes has to be sent as `application/wasm`; a missing file is often sent as a page.",
    remedy:
      "Let the server send `Content-Type: application/wasm` for `.wasm` files, or compile `await response.arrayBuffer()`.",
    link: links.streaming,
  },
  {
    code: "compile/not-bytes",
    title: "What was given are no bytes",
    texts: [
      chrome(
        "TypeError",
        /Argument 0 must be (?:a buffer source|a WebAssembly\.Module)/,
        "WebAssembly.instantiate(): Argument 0 must be a buffer source",
      ),
      firefox(
        "TypeError",
        /first argument must be (?:a WebAssembly\.Module, )?(?:an )?ArrayBuffer/,
        "first argument must be a WebAssembly.Module, ArrayBuffer or typed array object",
      ),
      safari(
        "TypeError",
        /first argument must be an ArrayBufferView or an ArrayBuffer/,
        "first argument must be an ArrayBufferView or an ArrayBuffer (evaluating 'WebAssembly.instantiate(answer)')",
      ),
    ],
    cause: "A `Response`, a promise of one or nothing was given where the bytes of the module are wanted.",
    remedy: "Use `WebAssembly.instantiateStreaming(fetch(...))`, or give it `await response.arrayBuffer()`.",
    link: links.instantiate,
  },
  {
    code: "compile/policy",
    title: "The page's content policy forbids WebAssembly",
    texts: [
      chrome(
        wasm,
        /violates the following Content Security [Pp]olicy/,
        "WebAssembly.compile(): Compiling or instantiating WebAssembly module violates the following Content Security policy directive because 'unsafe-eval' is not an allowed source of script in the following Content Security Policy directive: \"script-src 'self'\".",
      ),
      firefox(wasm, /blocked by CSP/, "call to WebAssembly.compile() blocked by CSP"),
      safari(
        wasm,
        /Refused to create a WebAssembly object/,
        "Refused to create a WebAssembly object because 'unsafe-eval' or 'wasm-unsafe-eval' is not an allowed source of script in the following Content Security Policy directive: \"script-src 'self'\".",
      ),
    ],
    cause: "`Content-Security-Policy` names the scripts that may run, and WebAssembly is not among them.",
    remedy: "Add `'wasm-unsafe-eval'` to `script-src`; it allows WebAssembly and nothing else.",
    link: links.policy,
  },
  {
    code: "compile/too-large",
    title: "The module is too large to be compiled while the page waits",
    texts: [
      chrome(
        "RangeError",
        /disallowed on the main thread/,
        "WebAssembly.Compile is disallowed on the main thread, if the buffer size is larger than 8MB. Use WebAssembly.compile, compile on a worker thread, or use the flag `--enable-features=WebAssemblyUnlimitedSyncCompilation`.",
      ),
    ],
    cause:
      "Chrome compiles at most 8 MB in `new WebAssembly.Module()` on the page's own thread; Firefox and Safari do all.",
    remedy: "Use `WebAssembly.instantiateStreaming()` or `WebAssembly.compile()`, which do not block.",
    link: links.compile,
  },
  {
    code: "compile/empty",
    title: "The module has no bytes",
    texts: [
      chrome(wasm, /BufferSource argument is empty/, "WebAssembly.compile(): BufferSource argument is empty"),
      firefox(wasm, magic[1], "wasm validation error: at offset 0: failed to match magic number", isEmpty),
      safari(
        wasm,
        /expected a module of at least 8 bytes/,
        "WebAssembly.Module doesn't parse at byte 0: expected a module of at least 8 bytes",
        isEmpty,
      ),
    ],
    cause: "An empty file or answer was compiled.",
    remedy: "Look whether the build has written the file, and whether the answer was read twice.",
    link: links.compileError,
  },
  {
    code: "compile/html",
    title: "A page came in place of the module",
    texts: [
      chrome(
        wasm,
        magic[0],
        "WebAssembly.compile(): expected magic word 00 61 73 6d, found 3c 21 64 6f @+0",
        isHtml,
      ),
      firefox(wasm, magic[1], firefoxMagic, isHtml),
      safari(wasm, magic[2], safariMagic, isHtml),
    ],
    cause:
      "The bytes begin with `<`: the server has sent HTML, such as its page for addresses that it does not know.",
    remedy: "Open the address of the module in a tab; correct it, or let the server answer 404 there.",
    link: links.compileError,
  },
  {
    code: "compile/not-wasm",
    title: "The bytes are no WebAssembly",
    texts: [
      chrome(wasm, magic[0], chromeMagic),
      firefox(wasm, magic[1], firefoxMagic),
      safari(wasm, magic[2], safariMagic),
    ],
    cause:
      "A module begins with the bytes `00 61 73 6d`; this is another file, or a module that is still compressed.",
    remedy:
      "Build with `GOOS=js GOARCH=wasm` or `tinygo build -target wasm`; send compressed files with `Content-Encoding`.",
    link: links.compileError,
  },
  {
    code: "compile/component",
    title: "This is a component, not a core module",
    texts: [
      chrome(
        wasm,
        /expected version 01 00 00 00, found .. 00 01 00/,
        "WebAssembly.compile(): expected version 01 00 00 00, found 0d 00 01 00 @+4",
      ),
      firefox(
        wasm,
        /binary version 0x1000\w does not match/,
        "wasm validation error: at offset 8: binary version 0x1000d does not match expected version 0x1",
      ),
      safari(
        wasm,
        /unexpected version number 655\d\d/,
        "WebAssembly.Module doesn't parse at byte 4: unexpected version number 65549 expected 1",
      ),
    ],
    cause: "Components (`-target wasip2`) are for hosts such as `dev-server run`; no browser runs them.",
    remedy: "Build for the browser: `GOOS=js GOARCH=wasm`, or `tinygo build -target wasm`.",
    link: links.tinygo,
  },
  {
    code: "compile/version",
    title: "The module is of another version of WebAssembly",
    texts: [
      chrome(
        wasm,
        /expected version 01 00 00 00/,
        "WebAssembly.compile(): expected version 01 00 00 00, found 02 00 00 00 @+4",
      ),
      firefox(
        wasm,
        /binary version 0x\w+ does not match/,
        "wasm validation error: at offset 8: binary version 0x2 does not match expected version 0x1",
      ),
      safari(
        wasm,
        /unexpected version number/,
        "WebAssembly.Module doesn't parse at byte 4: unexpected version number 2 expected 1",
      ),
    ],
    cause: "Browsers run version 1; the four bytes behind the first four say something else, or are damaged.",
    remedy: "Build the module anew, and compare its size with what the browser has got.",
    link: links.compileError,
  },
  {
    code: "compile/truncated",
    title: "The module ends too early",
    texts: [
      chrome(
        wasm,
        /fell off end|extends past end of the module|code section is absent|reached end/,
        'WebAssembly.compile(): section (code 10, "Code") extends past end of the module (length 7, remaining bytes 1) @+18',
      ),
      firefox(
        wasm,
        /failed to read version|expected (?:code section|number of function body bytes)|failed to start .* section/,
        "wasm validation error: at offset 21: expected number of function body bytes",
      ),
      firefox(
        wasm,
        /^wasm validation error: (?!.*(?:magic number|binary version))/,
        "wasm validation error: at offset 18: expected code section",
        isCut,
      ),
      safari(
        wasm,
        /would overflow Module's size|exceeds the module's remaining size|can't get section byte/,
        "WebAssembly.Module doesn't parse at byte 20: Code section of size 7 would overflow Module's size",
      ),
      safari(
        wasm,
        /expected a module of at least 8 bytes/,
        "WebAssembly.Module doesn't parse at byte 0: expected a module of at least 8 bytes",
        isShort,
      ),
    ],
    cause: "Only the beginning of the file was read: a build was still writing it, or the transfer was cut.",
    remedy:
      "Write the file under another name and rename it when it is whole; compare `Content-Length` with its size.",
    link: links.compileError,
  },
  {
    code: "compile/feature",
    title: "The browser does not know an instruction of the module",
    texts: [
      chrome(
        wasm,
        /[Ii]nvalid (?:numeric )?opcode|enable with --experimental|unknown (?:section|import)/,
        "WebAssembly.compile(): Compiling function #0 failed: invalid numeric opcode: 0xfc7f @+23",
      ),
      firefox(
        wasm,
        /unrecognized opcode|unknown section|not enabled|support/,
        "wasm validation error: at offset 23: unrecognized opcode: fc 7f",
      ),
      safari(
        wasm,
        /invalid opcode|are not enabled|invalid section/,
        "WebAssembly.Module doesn't parse at byte 2: invalid opcode 255, in function at index 0",
      ),
    ],
    cause: "The module was built for engines with more features than this browser has.",
    remedy:
      "Update the browser, or build without the feature: `-llvm-features` of TinyGo, `GOWASM` of Go, `wasm-opt --disable-...`.",
    link: links.tinygo,
  },
  {
    code: "compile/invalid",
    title: "The module contradicts itself",
    texts: [
      chrome(
        wasm,
        /WebAssembly\.|Compiling function/,
        "WebAssembly.compile(): Compiling function #0 failed: expected 0 elements on the stack for fallthru, found 1 @+25",
      ),
      firefox(
        wasm,
        /^wasm validation error/,
        "wasm validation error: at offset 25: unused values not explicitly dropped by end of block",
      ),
      safari(
        wasm,
        /doesn't (?:parse|validate)/,
        "WebAssembly.Module doesn't validate: expected 0 elements on the stack, found 1, in function at index 0",
      ),
    ],
    cause:
      "A function of it is not valid: a tool that has rewritten the module made a mistake, or its bytes are damaged.",
    remedy:
      "Leave out `wasm-opt` and other tools one by one; `wasm-validate` of wabt says the same without a browser.",
    link: links.compileError,
  },
];
