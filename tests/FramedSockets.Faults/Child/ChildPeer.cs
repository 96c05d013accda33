using System.Net;
using System.Net.Sockets;

namespace FramedSockets.Faults.Child;

/// <summary>A peer in a process of its own, so that it can be stopped or killed: it sends what each line says in hex, and reads nothing.</summary>
internal static class ChildPeer
{
    public const string Name = "peer";

    public static async Task RunAsync(int port)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));
        Console.WriteLine("connected");
        while (await Console.In.ReadLineAsync() is { } line)
        {
            if (line == "read")
            {
                // In the background: standard input is still listened to.
                _ = Task.Run(() => ReadAsync(socket));
            }
            else
            {
                _ = await socket.SendAsync(Convert.FromHexString(line));
            }

            Console.WriteLine("done");
        }
    }

    private static async Task ReadAsync(Socket socket)
    {
        var buffer = new byte[65_536];
        while (await socket.ReceiveAsync(buffer) > 0)
        {
        }
    }
}
