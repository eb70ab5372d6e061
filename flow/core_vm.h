#pragma once

#include "flow/native.h"

/* The natives of core_vm.c that the VM carries out itself (NATIVE_VM), by their place in core_vm[].
 */
enum core_vm_index { CORE_VM_APPLY };
