using System.Text.Json.Serialization;

namespace FileTransfer;

/// <summary>
/// The header of every frame. A request is <c>put</c>; the answer, where one was asked for, is <c>stored</c> or
/// <c>refused</c>, without a body.
/// </summary>
/// <param name="Cmd">What the frame is: <c>put</c>, <c>stored</c> or <c>refused</c>.</param>
/// <param name="Filename">The file's name, without a folder.</param>
/// <param name="Filesize">The body's length; the codec fills it in.</param>
/// <param name="Confirm">Of a request: whether the sender waits for an answer.</param>
/// <param name="Sha256">Of <c>stored</c>: the SHA-256 of what stands on the disk, in lower-case hex.</param>
/// <param name="Reason">Of <c>refused</c>: why, in a few words.</param>
internal readonly record struct TransferHeader(
    string? Cmd,
    string? Filename,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] long Filesize = 0,
    bool Confirm = false,
    string? Sha256 = null,
    string? Reason = null)
{
    public const string Put = "put";
    public const string Stored = "stored";
    public const string Refused = "refused";
}
