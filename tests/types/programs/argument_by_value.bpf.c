/*
 * The type of a function-pointer member, taken with typeof: what such a function gets by value is
 * part of the variable's type, and complete in the whole header.
 */
#include "vmlinux.h"

typeof(((struct argument_ops *)0)->consume) consume;

__attribute__((section("tc"), used)) int use(void *ctx)
{
	return consume == 0;
}
