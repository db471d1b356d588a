/* Every form of directive the scanner knows, and some that look alike. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
  #  include	"maps.h" // a comment
#include/* no space */<linux/types.h>
#include \
	<spliced.h>
#include_next <next.h>
#import "import.h"
#embed "bytes.bin"
#if __has_include(<a.h>) && __has_include ( "b.h" ) || __has_include_next(<c.h>)
#include MACRO
#endif
#if __has_include(MACRO)
#endif
const char *when = __DATE__ __TIME__ __TIMESTAMP__;
asm(".incbin \"file\"");
int x; #include <not-a-directive.h>
#include <unclosed.h
