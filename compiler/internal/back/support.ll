; What code of single packages refers to and no package has.

; Head of the list of stack frames that the collector walks.
@runtime.stackChainStart = global ptr null, align 4

; Room for the data of patches. It lies among the program's variables, so that the collector looks for pointers in it.
@__devserver_arena = global [262144 x i8] zeroinitializer, align 16

; Table index of the newest body of each function that can be replaced.
@__devserver_slots = global [4096 x i32] zeroinitializer, align 16

declare void @runtime.nilPanic(ptr)

; The method called %name of a value with the descriptor %type. The word in front of a descriptor points to: how many
; methods, their names, their functions.
define ptr @devserver.lookup(ptr %type, ptr %name) nounwind {
entry:
  %none = icmp eq ptr %type, null
  br i1 %none, label %nothing, label %something
nothing:
  call void @runtime.nilPanic(ptr undef)
  unreachable
something:
  %front = getelementptr i8, ptr %type, i32 -4
  %methods = load ptr, ptr %front
  %count = load i32, ptr %methods
  %names = getelementptr i8, ptr %methods, i32 4
  br label %search
search:
  %index = phi i32 [ 0, %something ], [ %following, %other ]
  %place = getelementptr ptr, ptr %names, i32 %index
  %candidate = load ptr, ptr %place
  %equal = icmp eq ptr %candidate, %name
  br i1 %equal, label %found, label %other
other:
  %following = add i32 %index, 1
  br label %search
found:
  %behind = add i32 %count, %index
  %entrypoint = getelementptr ptr, ptr %names, i32 %behind
  %function = load ptr, ptr %entrypoint
  ret ptr %function
}

; Whether values with the descriptor %type have all of the %wanted methods.
define i1 @devserver.implements(ptr %type, ptr %wanted, i32 %wantedcount) nounwind {
entry:
  %none = icmp eq ptr %type, null
  br i1 %none, label %no, label %something
something:
  ; A pointer to a pointer is a tag on the descriptor, and has no methods.
  %number = ptrtoint ptr %type to i32
  %tag = and i32 %number, 3
  %tagged = icmp ne i32 %tag, 0
  br i1 %tagged, label %no, label %plain
plain:
  %front = getelementptr i8, ptr %type, i32 -4
  %methods = load ptr, ptr %front
  %bare = icmp eq ptr %methods, null
  br i1 %bare, label %no, label %withmethods
withmethods:
  %count = load i32, ptr %methods
  %names = getelementptr i8, ptr %methods, i32 4
  br label %each
each:
  %which = phi i32 [ 0, %withmethods ], [ %nextwhich, %has ]
  %done = icmp eq i32 %which, %wantedcount
  br i1 %done, label %yes, label %take
take:
  %wantedplace = getelementptr ptr, ptr %wanted, i32 %which
  %name = load ptr, ptr %wantedplace
  br label %search
search:
  %index = phi i32 [ 0, %take ], [ %following, %other ]
  %end = icmp eq i32 %index, %count
  br i1 %end, label %no, label %compare
compare:
  %place = getelementptr ptr, ptr %names, i32 %index
  %candidate = load ptr, ptr %place
  %equal = icmp eq ptr %candidate, %name
  br i1 %equal, label %has, label %other
other:
  %following = add i32 %index, 1
  br label %search
has:
  %nextwhich = add i32 %which, 1
  br label %each
yes:
  ret i1 true
no:
  ret i1 false
}
