unit: src/a\ b.bpf.c ./include/maps.h /usr/include/x\#y.h \
  a$$b.h \
  last.h
