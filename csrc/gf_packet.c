#include "gf_packet.h"

#define REQUEST(name, arguments, data)                                                                       \
    {                                                                                                        \
#name, arguments, data, true, false                                                                  \
    }
#define SUBMIT(name, arguments)                                                                              \
    {                                                                                                        \
#name, arguments, true, true, true                                                                   \
    }
#define RESPONSE(name, arguments, data)                                                                      \
    {                                                                                                        \
#name, arguments, data, false, false                                                                 \
    }

const gf_packet_info gf_packets[GF_PACKET_TYPES] = {
    [GF_CAN_DO] = REQUEST(CAN_DO, 1, false),
    [GF_CANT_DO] = REQUEST(CANT_DO, 1, false),
    [GF_RESET_ABILITIES] = REQUEST(RESET_ABILITIES, 0, false),
    [GF_PRE_SLEEP] = REQUEST(PRE_SLEEP, 0, false),
    [GF_UNUSED] = RESPONSE(UNUSED, 0, false),
    [GF_NOOP] = RESPONSE(NOOP, 0, false),
    [GF_SUBMIT_JOB] = SUBMIT(SUBMIT_JOB, 2),
    [GF_JOB_CREATED] = RESPONSE(JOB_CREATED, 1, false),
    [GF_GRAB_JOB] = REQUEST(GRAB_JOB, 0, false),
    [GF_NO_JOB] = RESPONSE(NO_JOB, 0, false),
    [GF_JOB_ASSIGN] = RESPONSE(JOB_ASSIGN, 2, true),
    [GF_WORK_STATUS] = REQUEST(WORK_STATUS, 3, false),
    [GF_WORK_COMPLETE] = REQUEST(WORK_COMPLETE, 1, true),
    [GF_WORK_FAIL] = REQUEST(WORK_FAIL, 1, false),
    [GF_GET_STATUS] = REQUEST(GET_STATUS, 1, false),
    [GF_ECHO_REQ] = REQUEST(ECHO_REQ, 0, true),
    [GF_ECHO_RES] = RESPONSE(ECHO_RES, 0, true),
    [GF_SUBMIT_JOB_BG] = SUBMIT(SUBMIT_JOB_BG, 2),
    [GF_ERROR] = RESPONSE(ERROR, 2, false),
    [GF_STATUS_RES] = RESPONSE(STATUS_RES, 5, false),
    [GF_SUBMIT_JOB_HIGH] = SUBMIT(SUBMIT_JOB_HIGH, 2),
    [GF_SET_CLIENT_ID] = REQUEST(SET_CLIENT_ID, 1, false),
    [GF_CAN_DO_TIMEOUT] = REQUEST(CAN_DO_TIMEOUT, 2, false),
    [GF_ALL_YOURS] = RESPONSE(ALL_YOURS, 0, false),
    [GF_WORK_EXCEPTION] = REQUEST(WORK_EXCEPTION, 1, true),
    [GF_OPTION_REQ] = REQUEST(OPTION_REQ, 1, false),
    [GF_OPTION_RES] = RESPONSE(OPTION_RES, 1, false),
    [GF_WORK_DATA] = REQUEST(WORK_DATA, 1, true),
    [GF_WORK_WARNING] = REQUEST(WORK_WARNING, 1, true),
    [GF_GRAB_JOB_UNIQ] = REQUEST(GRAB_JOB_UNIQ, 0, false),
    [GF_JOB_ASSIGN_UNIQ] = RESPONSE(JOB_ASSIGN_UNIQ, 3, true),
    [GF_SUBMIT_JOB_HIGH_BG] = SUBMIT(SUBMIT_JOB_HIGH_BG, 2),
    [GF_SUBMIT_JOB_LOW] = SUBMIT(SUBMIT_JOB_LOW, 2),
    [GF_SUBMIT_JOB_LOW_BG] = SUBMIT(SUBMIT_JOB_LOW_BG, 2),
    [GF_SUBMIT_JOB_SCHED] = SUBMIT(SUBMIT_JOB_SCHED, 7),
    [GF_SUBMIT_JOB_EPOCH] = SUBMIT(SUBMIT_JOB_EPOCH, 3),
    [GF_SUBMIT_REDUCE_JOB] = SUBMIT(SUBMIT_REDUCE_JOB, 4),
    [GF_SUBMIT_REDUCE_JOB_BACKGROUND] = SUBMIT(SUBMIT_REDUCE_JOB_BACKGROUND, 4),
    [GF_GRAB_JOB_ALL] = REQUEST(GRAB_JOB_ALL, 0, false),
    [GF_JOB_ASSIGN_ALL] = RESPONSE(JOB_ASSIGN_ALL, 4, true),
    [GF_GET_STATUS_UNIQUE] = REQUEST(GET_STATUS_UNIQUE, 1, false),
    [GF_STATUS_RES_UNIQUE] = RESPONSE(STATUS_RES_UNIQUE, 6, false),
};

#define ERROR(code, text)                                                                                    \
    {                                                                                                        \
        code "\0" text, sizeof(code "\0" text) - 1                                                           \
    }

const gf_error_info gf_errors[GF_ERRORS] = {
    [GF_ERROR_MAGIC] = ERROR("INVALID_MAGIC", "Request magic expected"),
    [GF_ERROR_COMMAND] = ERROR("INVALID_COMMAND", "Command not expected"),
    [GF_ERROR_UNKNOWN_COMMAND] = ERROR("INVALID_COMMAND", "Invalid command expected"),
    [GF_ERROR_MISSING_ARGUMENT] = ERROR("INVALID_PACKET", "An argument is missing or has no terminator"),
    [GF_ERROR_PACKET_TOO_LARGE] = ERROR("ARGUMENT_TOO_LARGE", "Packet is larger than --max-packet"),
    [GF_ERROR_ARGUMENT_TOO_LARGE] = ERROR("ARGUMENT_TOO_LARGE", "Argument value too large"),
    [GF_ERROR_UNIQUE_TOO_LARGE] = ERROR("ARGUMENT_TOO_LARGE", "Unique value too large"),
    [GF_ERROR_HANDLE_TOO_LARGE] = ERROR(
        "ARGUMENT_TOO_LARGE", "Error occurred due to GEARMAND_JOB_HANDLE_SIZE being too small from snprintf"),
    [GF_ERROR_QUEUE_FULL] = ERROR("QUEUE_ERROR", "Job queue is full"),
    [GF_ERROR_MEMORY_LIMIT] = ERROR("QUEUE_ERROR", "Server has reached its --memory-limit"),
    [GF_ERROR_FUNCTIONS_LIMIT] = ERROR("QUEUE_ERROR", "Server has reached its --max-functions"),
    [GF_ERROR_UNIQUES_LIMIT] = ERROR("QUEUE_ERROR", "Server has reached its --max-uniques"),
    [GF_ERROR_NO_MEMORY] = ERROR("QUEUE_ERROR", "Server is out of memory"),
    [GF_ERROR_STORE] = ERROR("QUEUE_ERROR", "The store fails"),
    [GF_ERROR_UNKNOWN_OPTION] = ERROR("UNKNOWN_OPTION", "Server does not recognize given option"),
    [GF_ERROR_NO_JOB_FOR_DATA] = ERROR("JOB_NOT_FOUND", "Job does not exist on server"),
    [GF_ERROR_NO_JOB_FOR_RESULT] = ERROR("JOB_NOT_FOUND", "Job given in work result not found"),
    [GF_ERROR_NO_JOB_FOR_EXCEPTION] =
        ERROR("JOB_NOT_FOUND", "An exception was received for a job that does not exist"),
    [GF_ERROR_TIMEOUT_ARGUMENT] = ERROR("INVALID_ARGUMENT", "Time-out is not a number of milliseconds"),
    [GF_ERROR_TIME_ARGUMENT] = ERROR("INVALID_ARGUMENT", "Time is not a number of seconds that fits 64 bits"),
    [GF_ERROR_SCHEDULE_ARGUMENT] = ERROR("INVALID_ARGUMENT", "Schedule has a field out of range"),
    [GF_ERROR_LINE_TOO_LONG] = ERROR("ERR LINE_TOO_LONG", "The+line+is+longer+than+8192+bytes"),
};
