using FramedSockets.Codecs;
using FramedSockets.Tcp;

namespace Chat;

/// <summary>What both sides agree on: <c>i32 little-endian length | JSON header with "length" | body</c>, and how long things may be.</summary>
internal static class ChatWire
{
    /// <summary>The longest text, in bytes.</summary>
    public const int LongestText = 16 * 1024;

    public static JsonHeaderCodec<ChatHeader> Codec { get; } = new(ChatJson.Default.ChatHeader, lengthMember: "length");

    /// <summary>A line of chat is short. What waits for a member is bounded, and the server never waits for room in it.</summary>
    public static FrameConnectionOptions Options { get; } = new()
    {
        Limits = new() { MaxHeaderLength = 1024, MaxBodyLength = LongestText },
        MaxQueuedLength = 64 * 1024,
    };
}
