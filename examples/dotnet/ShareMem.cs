// The four calls and the results of a class ShareMem that goes round in blogs, there on the Win32 API. Unlike there,
// the address is one in the shared memory, and a wrong size is refused.
using System;
using System.IO;
using Mmview.IO.MemoryMappedFiles;

ShareMem MemDB = new ShareMem();
Console.WriteLine("Init: " + MemDB.Init("shared", 64 * 1024 * 1024));
byte[] bytes = [1, 2];
Console.WriteLine("Write: " + MemDB.Write(bytes, 1000, 2));
ShareMem other = new ShareMem();
other.Init("shared", 64 * 1024 * 1024);
byte[] back = new byte[2];
Console.WriteLine("Read: " + other.Read(ref back, 1000, 2) + ", and it says " + back[0] + " " + back[1]);
Console.WriteLine("Beyond the end: " + other.Read(ref back, 64 * 1024 * 1024 - 1, 2));
other.Close();
MemDB.Close();
MemDB.Close();
Console.WriteLine("Closed: " + MemDB.Read(ref back, 0, 2));

public class ShareMem
{
    MemoryMappedFile map;
    MemoryMappedViewAccessor view;

    /// <summary>0 = done, 1 = no name, 2 = not made, 3 = not mapped.</summary>
    public int Init(string strName, long lngSize)
    {
        if (strName.Length == 0)
            return 1;
        try
        {
            map = MemoryMappedFile.CreateOrOpen(strName, lngSize);
        }
        catch (Exception error) when (error is ArgumentException or IOException or UnauthorizedAccessException)
        {
            return 2;
        }
        try
        {
            view = map.CreateViewAccessor(0, lngSize);
        }
        catch (UnauthorizedAccessException)
        {
            map.Dispose();
            return 3;
        }
        return 0;
    }

    public void Close()
    {
        view?.Dispose();
        map?.Dispose();
        view = null;
    }

    /// <summary>0 = done, 1 = not opened, 2 = outside.</summary>
    public int Read(ref byte[] bytData, int lngAddr, int lngSize)
    {
        if (view == null)
            return 1;
        if (lngAddr < 0 || lngAddr > view.Capacity - lngSize)
            return 2;
        view.ReadArray(lngAddr, bytData, 0, lngSize);
        return 0;
    }

    /// <summary>0 = done, 1 = not opened, 2 = outside.</summary>
    public int Write(byte[] bytData, int lngAddr, int lngSize)
    {
        if (view == null)
            return 1;
        if (lngAddr < 0 || lngAddr > view.Capacity - lngSize)
            return 2;
        view.WriteArray(lngAddr, bytData, 0, lngSize);
        return 0;
    }
}
