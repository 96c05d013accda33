using System.Net;
using System.Net.Sockets;

namespace FramedSockets.Samples.Tests.Tour;

/// <summary>What the programs are tested over: the framings that matter most, and the families that this machine has.</summary>
internal static class Wires
{
    public static readonly string[] Hosts = HasIPv6() ? ["127.0.0.1", "::1"] : ["127.0.0.1"];

    /// <summary>Framing and host.</summary>
    public static TheoryData<string, string> All
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var host in Hosts)
            {
                data.Add("raw", host);
                data.Add("json", host);
            }

            return data;
        }
    }

    /// <summary>A host and a port as they are written.</summary>
    public static string Address(string host, string port) => host.Contains(':') ? $"[{host}]:{port}" : $"{host}:{port}";

    private static bool HasIPv6()
    {
        try
        {
            using var socket = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.IPv6Loopback, 0));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
