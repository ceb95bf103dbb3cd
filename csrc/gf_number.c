#include "gf_parts.h"

static bool is_blank(uint8_t byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

static bool clamp(bool negative, int64_t *value)
{
    *value = negative ? INT64_MIN : INT64_MAX;
    return false;
}

/* Leading blanks, a sign, digits, then anything; no digits count as 0. False, and the nearest that fits, when
 * it does not fit. */
bool gf_parse_int64(const uint8_t *text, size_t size, int64_t *value)
{
    size_t at = 0;
    while (at < size && is_blank(text[at]))
        at++;
    bool negative = at < size && text[at] == '-';
    if (at < size && (text[at] == '-' || text[at] == '+'))
        at++;
    int64_t sum = 0;
    for (; at < size && text[at] >= '0' && text[at] <= '9'; at++) {
        int digit = text[at] - '0';
        if (__builtin_mul_overflow(sum, 10, &sum) || __builtin_sub_overflow(sum, digit, &sum))
            return clamp(negative, value);
    }
    *value = sum;
    return negative || !__builtin_sub_overflow(0, sum, value) || clamp(negative, value);
}
