/* A small library with the same C interface as WeCom's archive library, for the adapter's tests. The "cipher" is none.
   As the real one does, it ends the whole process on a message that is too short. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct { char *buf; int len; } Slice;
typedef struct { char *out; int out_len; char *data; int data_len; int finish; } Media;
static int transient = 0;

static void put(Slice *s, const char *from, int n) { s->buf = malloc(n + 1); memcpy(s->buf, from, n); s->buf[n] = 0; s->len = n; }

void *NewSdk(void) { return malloc(1); }
void DestroySdk(void *sdk) { free(sdk); }
int Init(void *sdk, const char *corpid, const char *secret) { return strcmp(secret, "right") ? 10000 : 0; }
Slice *NewSlice(void) { return calloc(1, sizeof(Slice)); }
void FreeSlice(Slice *s) { free(s->buf); free(s); }
char *GetContentFromSlice(Slice *s) { return s->buf; }
int GetSliceLen(Slice *s) { return s->len; }
int GetChatData(void *sdk, unsigned long long seq, unsigned int limit, const char *proxy, const char *pass, int timeout, Slice *out) {
    char text[200];
    if (transient++ == 0) return 10001;
    snprintf(text, sizeof text, "{\"errcode\":0,\"chatdata\":[],\"asked\":%llu}", seq);
    put(out, text, strlen(text));
    return 0;
}
int DecryptData(const char *key, const char *sealed, Slice *out) {
    if (strlen(sealed) < 13) abort();
    if (strcmp(key, "key")) return 10008;
    put(out, sealed, strlen(sealed));
    return 0;
}
Media *NewMediaData(void) { return calloc(1, sizeof(Media)); }
void FreeMediaData(Media *m) { free(m->out); free(m->data); free(m); }
int GetMediaData(void *sdk, const char *index, const char *id, const char *proxy, const char *pass, int timeout, Media *m) {
    const char *part = *index ? "second" : "first-";
    if (!strcmp(id, "gone")) return 10009;
    m->out = strdup("Range:bytes=6-11"); m->out_len = strlen(m->out);
    m->data = strdup(part); m->data_len = 6; m->finish = *index != 0;
    return 0;
}
char *GetOutIndexBuf(Media *m) { return m->out; }
int GetIndexLen(Media *m) { return m->out_len; }
char *GetData(Media *m) { return m->data; }
int GetDataLen(Media *m) { return m->data_len; }
int IsMediaDataFinish(Media *m) { return m->finish; }
