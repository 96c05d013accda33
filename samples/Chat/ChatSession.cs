using System.Text;
using Common;
using FramedSockets;
using FramedSockets.Tcp;

namespace Chat;

/// <summary>A client's talk: what is typed goes out, and what comes in is shown as it comes.</summary>
internal sealed class ChatSession(FrameConnection<ChatHeader> connection, string name)
{
    private static readonly TimeSpan Goodbye = TimeSpan.FromSeconds(2);

    /// <summary>Joins a room, and talks until the user or the server ends.</summary>
    /// <returns>Whether it was the user.</returns>
    public async Task<bool> RunAsync(string room, CancellationToken stop)
    {
        await SendAsync(new(ChatHeader.Join, room, name));
        var showing = ShowAsync();
        var typing = TypeAsync(stop);
        if (await Task.WhenAny(typing, showing) == showing)
        {
            await showing;
            return false;
        }

        await typing;
        await connection.CompleteOutputAsync(CancellationToken.None);
        await Task.WhenAny(showing, Task.Delay(Goodbye, CancellationToken.None));
        return true;
    }

    private async Task TypeAsync(CancellationToken stop)
    {
        while (await ReadLineAsync(stop) is { } line && line != "/quit")
        {
            switch (line.Split(' ', 2, StringSplitOptions.TrimEntries))
            {
                case [""]:
                    break;
                case ["/who"]:
                    await TrySendAsync(new(ChatHeader.Who));
                    break;
                case ["/leave"]:
                    await TrySendAsync(new(ChatHeader.Leave));
                    break;
                case ["/join", var room]:
                    await TrySendAsync(new(ChatHeader.Join, room, name));
                    break;
                case [['/', ..], ..]:
                    await Console.Out.WriteLineAsync("! there are /who, /leave, /join ROOM and /quit");
                    break;
                default:
                    await TrySendAsync(new(ChatHeader.Say), line);
                    break;
            }
        }
    }

    /// <summary>The next line; <see langword="null"/> at the end, which Ctrl-C is too.</summary>
    private static async Task<string?> ReadLineAsync(CancellationToken stop)
    {
        try
        {
            return await Keyboard.ReadLineAsync(stop);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>What is too long is not sent, and the talk goes on.</summary>
    private async Task TrySendAsync(ChatHeader header, string text = "")
    {
        try
        {
            await SendAsync(header, text);
        }
        catch (FramedSocketException e) when (e.Error is FramedSocketError.BodyTooLong or FramedSocketError.HeaderTooLong)
        {
            await Console.Out.WriteLineAsync("! that is too long");
        }
    }

    private ValueTask SendAsync(ChatHeader header, string text = "") => connection.SendAsync(header, Encoding.UTF8.GetBytes(text));

    private async Task ShowAsync()
    {
        await foreach (var frame in connection.ReadAllAsync())
        {
            var (room, who) = (Printable.Of(frame.Header.Room), Printable.Of(frame.Header.Name));
            var lines = Encoding.UTF8.GetString(frame.Body).Split('\n').Select(line => Printable.Of(line, ChatWire.LongestText)).ToArray();
            await Console.Out.WriteLineAsync(frame.Header.Kind switch
            {
                ChatHeader.Joined => $"* {who} joined {room}",
                ChatHeader.Left => $"* {who} left {room}",
                ChatHeader.Who => $"* in {room}: {string.Join(", ", lines)}",
                ChatHeader.Said => $"{who}: {string.Join(' ', lines)}",
                ChatHeader.Refused => $"! {string.Join(' ', lines)}",
                _ => "! the server sent a frame of an unknown kind",
            });
        }
    }
}
